// The candidate that is asked beside the current version of a name: set, looked at, taken away.

import { type AppError, appError } from '#shared/app-error.ts';
import type { ShadowReport } from '#shared/contracts/shadow.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import type { ShadowRecorder } from '../limits/shadow-recorder.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import type { Meaning, ReleaseStore } from '../stores/release-store.ts';
import type { ShadowStore } from '../stores/shadow-store.ts';
import { type Act, auditRecord } from './audit.ts';
import { noProjection, requireReady } from './find-owned.ts';
import { movedMeanwhile } from './move-name.ts';

export type ShadowSources = {
  readonly projections: Pick<ProjectionStore, 'find'>;
  readonly releases: ReleaseStore;
  readonly shadows: ShadowStore;
  readonly shadowRecorder: Pick<ShadowRecorder, 'flush'>;
  readonly projectionCache: Pick<ProjectionCache, 'forget'>;
};

export type Shown = Promise<Result<ShadowReport, AppError<'not-found' | 'conflict'>>>;

const shownPairs = 10;

/** Counting begins anew. */
export async function setShadow(
  tenantId: string,
  name: string,
  version: number,
  sources: ShadowSources,
  act: Act,
): Shown {
  const meaning = await sources.releases.meaning(tenantId, name);
  const [present, candidate] = await Promise.all([
    sources.projections.find(tenantId, { name, version: undefined }),
    sources.projections.find(tenantId, { name, version }),
  ]);
  if (meaning === undefined || present === undefined || candidate === undefined) return err(noProjection);
  const ready = requireReady(candidate);
  if (!ready.ok) return ready;
  if (meaning.version === version) {
    return err(appError('conflict', `${name} means version ${version}: it is asked already.`));
  }
  if (present.model?.revision !== candidate.model?.revision) {
    const detail = 'It is of another model: the embeddings of the one say nothing to the other.';
    return err(appError('conflict', detail));
  }
  return change(tenantId, meaning, version, { action: 'shadow.set', subject: candidate.id, sources, act });
}

export async function readShadow(tenantId: string, name: string, sources: ShadowSources): Shown {
  const meaning = await sources.releases.meaning(tenantId, name);
  if (meaning?.shadow === undefined) return err(noShadow);
  await sources.shadowRecorder.flush();
  return ok(await report(tenantId, meaning, meaning.shadow, sources));
}

/** Answers what was counted until now. */
export async function endShadow(tenantId: string, name: string, sources: ShadowSources, act: Act): Shown {
  const meaning = await sources.releases.meaning(tenantId, name);
  if (meaning?.shadow === undefined) return err(noShadow);
  await sources.shadowRecorder.flush();
  const last = await report(tenantId, meaning, meaning.shadow, sources);
  const how = { action: 'shadow.end', subject: meaning.projectionId, sources, act };
  const ended = await change(tenantId, meaning, undefined, how);
  return ended.ok ? ok(last) : ended;
}

async function change(
  tenantId: string,
  meaning: Meaning,
  shadow: number | undefined,
  how: {
    readonly action: string;
    readonly subject: string;
    readonly sources: ShadowSources;
    readonly act: Act;
  },
): Shown {
  const { action, subject, sources, act } = how;
  const { name, version } = meaning;
  const detail = { name, version, ...(shadow === undefined ? {} : { shadow }) };
  const audit = auditRecord(act, { tenantId, action, subject, detail });
  if (!(await sources.releases.setShadow(tenantId, { name, version, shadow }, audit))) {
    return err(movedMeanwhile(name));
  }
  await sources.shadows.remove(tenantId, name);
  await sources.projectionCache.forget(tenantId, []);
  return ok(await report(tenantId, meaning, shadow ?? version, sources));
}

async function report(
  tenantId: string,
  { name, version }: Meaning,
  shadow: number,
  { shadows }: ShadowSources,
): Promise<ShadowReport> {
  const { pairs, ...sums } = await shadows.read({ tenantId, name, version, shadow }, shownPairs);
  return {
    name,
    version,
    shadow,
    ...sums,
    pairs: pairs.map(({ label, shadowLabel, answers }) => ({
      ...(label === '' ? {} : { label }),
      ...(shadowLabel === '' ? {} : { shadowLabel }),
      answers,
    })),
  };
}

const noShadow = appError('conflict', 'No version is asked beside the one that the name means.');
