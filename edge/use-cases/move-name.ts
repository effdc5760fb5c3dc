// What a name is made to mean by hand: promoted to a version, rolled back to the one before, pinned, let go. Each is written down
// with who did it, and changes nothing where somebody else has moved the name in the meantime.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import type { Meaning, Move, ReleaseStore } from '../stores/release-store.ts';
import { type Act, auditRecord } from './audit.ts';
import { presentOf, type ReleaseSources, readRecord } from './decide-release.ts';
import { noProjection, requireReady } from './find-owned.ts';
import { judgeRelease } from './judge-release.ts';

export type MoveSources = ReleaseSources & {
  readonly projections: Pick<ProjectionStore, 'find'>;
  readonly releases: ReleaseStore;
  readonly projectionCache: Pick<ProjectionCache, 'forget'>;
};

/** What the name means now. */
export type Moved = Promise<Result<ProjectionRecord, AppError<'busy' | 'not-found' | 'conflict'>>>;

/** Makes the name mean this version, whatever it is worth; a pin stays a pin. */
export async function promote(
  tenantId: string,
  projection: ProjectionRecord,
  { from, pinned }: { readonly from?: number | undefined; readonly pinned?: boolean },
  sources: MoveSources,
  act: Act,
): Moved {
  const ready = requireReady(projection);
  if (!ready.ok) return ready;
  const { name, version } = projection;
  const meaning = await sources.releases.meaning(tenantId, name);
  const isThere = meaning?.version === version && (pinned === undefined || meaning.pinned === pinned);
  // Also where it is asked twice with the `from` of before.
  if (isThere) return ok({ ...projection, current: true });
  const stale = otherThan(from, meaning, name);
  if (stale !== undefined) return err(stale);
  const move = { name, version, from: meaning?.version, ...(pinned === undefined ? {} : { pinned }) };
  const action = pinned === true ? 'alias.point' : 'projection.promote';
  return carryOut(tenantId, projection.id, move, { action, sources, act });
}

/** Makes the name mean what it meant before. */
export async function rollBack(
  tenantId: string,
  name: string,
  { from }: { readonly from?: number | undefined },
  sources: MoveSources,
  act: Act,
): Moved {
  const meaning = await sources.releases.meaning(tenantId, name);
  if (meaning === undefined) return err(noProjection);
  const stale = otherThan(from, meaning, name);
  if (stale !== undefined) return err(stale);
  const version = await sources.releases.before(tenantId, name, meaning.version);
  if (version === undefined) {
    const detail = `There is nothing to go back to: ${name} has meant no other version that is still there.`;
    return err(appError('conflict', detail));
  }
  const target = await sources.projections.find(tenantId, { name, version });
  if (target === undefined) return err(noProjection);
  const move = { name, version, from: meaning.version, back: true };
  return carryOut(tenantId, target.id, move, { action: 'projection.rollback', sources, act });
}

/** Takes the pin off; the newest version then answers where it would have when it was made. */
export async function letGo(tenantId: string, name: string, sources: MoveSources, act: Act): Moved {
  const { releases, projectionCache } = sources;
  const meaning = await releases.meaning(tenantId, name);
  if (meaning === undefined) return err(noProjection);
  // Before anything is changed, since there may be no room to read them.
  const successor = await successorOf(tenantId, name, meaning, sources);
  if (!successor.ok) return successor;
  const { projectionId: subject, version } = meaning;
  const audit = auditRecord(act, { tenantId, action: 'alias.release', subject, detail: { name, version } });
  if (!(await releases.unpin(tenantId, name, audit, act.nowMs))) return err(noProjection);
  if (successor.value !== undefined) {
    const move = { name, version: successor.value.version, from: meaning.version };
    const how = { action: 'projection.release', sources, act };
    const moved = await carryOut(tenantId, successor.value.projectionId, move, how);
    if (moved.ok) return moved;
  }
  await projectionCache.forget(tenantId, []);
  const projection = await sources.projections.find(tenantId, { name, version: undefined });
  return projection === undefined ? err(noProjection) : ok(projection);
}

/** The newest version, where it would have become what the name means had that not been pinned. */
async function successorOf(
  tenantId: string,
  name: string,
  meaning: Meaning,
  sources: MoveSources,
): Promise<Result<Awaited<ReturnType<MoveSources['releases']['newest']>>, AppError<'busy'>>> {
  const newest = await sources.releases.newest(tenantId, name);
  if (newest === undefined || newest.version <= meaning.version) return ok(undefined);
  const record = await readRecord(tenantId, newest.projectionId, sources);
  if (!record.ok) return record;
  const present = await presentOf(tenantId, { ...meaning, pinned: false }, sources);
  if (!present.ok) return present;
  const isReleased =
    record.value !== undefined && judgeRelease(newest.version, record.value, 'auto', present.value).released;
  return ok(isReleased ? newest : undefined);
}

async function carryOut(
  tenantId: string,
  projectionId: string,
  move: Move,
  { action, sources, act }: { readonly action: string; readonly sources: MoveSources; readonly act: Act },
): Moved {
  const { releases, projections, projectionCache } = sources;
  const { name, version, from } = move;
  const detail = { name, version, ...(from === undefined ? {} : { from }) };
  const audit = auditRecord(act, { tenantId, action, subject: projectionId, detail });
  const moved = await releases.move(tenantId, move, audit, act.nowMs);
  if (!moved) return err(movedMeanwhile(name));
  await projectionCache.forget(tenantId, []);
  const projection = await projections.find(tenantId, { name, version });
  return projection === undefined ? err(noProjection) : ok(projection);
}

export function movedMeanwhile(name: string): AppError<'conflict'> {
  return appError('conflict', `${name} has just been moved by somebody else: look again.`);
}

function otherThan(from: number | undefined, meaning: Meaning | undefined, name: string) {
  if (from === undefined || from === meaning?.version) return undefined;
  const now = meaning === undefined ? 'no version' : `version ${meaning.version}`;
  return appError('conflict', `${name} means ${now} now, not version ${from}.`);
}
