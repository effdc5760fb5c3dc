// What becomes of a name when one of its versions is ready: looks up what the name means, reads what that version's file says
// of itself, and judges.

import { decodeVersionRecord, type VersionRecord } from '#shared/codec/icm-file.ts';
import type { ReleaseWish } from '#shared/contracts/release.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Release } from '../stores/projection-publication.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import type { Meaning, ReleaseStore } from '../stores/release-store.ts';
import { type Act, auditRecord } from './audit.ts';
import { judgeRelease, type Present } from './judge-release.ts';

export type ReleaseSources = {
  readonly projections: Pick<ProjectionStore, 'find'>;
  readonly releases: Pick<ReleaseStore, 'meaning'>;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly artefactKey: (tenantId: string, projectionId: string) => string;
};

/** `undefined` where the version is not there any more. */
export async function decideRelease(
  tenantId: string,
  { id, record }: { readonly id: string; readonly record: VersionRecord },
  wish: ReleaseWish,
  sources: ReleaseSources,
  act: Act,
): Promise<Release | undefined> {
  const projection = await sources.projections.find(tenantId, { id });
  if (projection === undefined) return undefined;
  const { name, version } = projection;
  const meaning = await sources.releases.meaning(tenantId, name);
  const present = meaning && (await presentOf(tenantId, meaning, sources));
  const verdict = judgeRelease(version, record, wish, present);
  const from = verdict.released ? meaning?.version : undefined;
  const detail = { name, version, ...(from === undefined ? {} : { from }), reason: verdict.reason };
  const audit = auditRecord(act, { tenantId, action: 'projection.release', subject: id, detail });
  return { verdict, takes: { from, never: wish === 'candidate' }, audit };
}

export async function presentOf(
  tenantId: string,
  { version, pinned, projectionId }: Meaning,
  { objects, artefactKey }: Pick<ReleaseSources, 'objects' | 'artefactKey'>,
): Promise<Present> {
  return { version, pinned, record: await readRecord(tenantId, projectionId, { objects, artefactKey }) };
}

export async function readRecord(
  tenantId: string,
  projectionId: string,
  { objects, artefactKey }: Pick<ReleaseSources, 'objects' | 'artefactKey'>,
): Promise<VersionRecord | undefined> {
  const bytes = await objects.get(artefactKey(tenantId, projectionId));
  const record = bytes && (await decodeVersionRecord(bytes));
  return record?.ok ? record.value : undefined;
}
