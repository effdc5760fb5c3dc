// What becomes of a name when one of its versions is ready: looks up what the name means, reads what that version's file says
// of itself, and judges.

import type { AppError } from '#shared/app-error.ts';
import { decodeVersionRecord, type VersionRecord } from '#shared/codec/icm-file.ts';
import type { ReleaseWish } from '#shared/contracts/release.ts';
import { ok, type Result } from '#shared/result.ts';
import type { FileRoom } from '../limits/file-room.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Release } from '../stores/projection-publication.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import type { Meaning, ReleaseStore } from '../stores/release-store.ts';
import { type Act, auditRecord } from './audit.ts';
import { judgeRelease, type Present } from './judge-release.ts';

export type ReleaseSources = {
  readonly projections: Pick<ProjectionStore, 'find'>;
  readonly releases: Pick<ReleaseStore, 'meaning'>;
  readonly objects: Pick<ObjectStore, 'get' | 'size'>;
  readonly fileRoom: FileRoom;
  readonly artefactKey: (tenantId: string, projectionId: string) => string;
};

/** `undefined` where the version is not there any more. */
export async function decideRelease(
  tenantId: string,
  { id, record }: { readonly id: string; readonly record: VersionRecord },
  wish: ReleaseWish,
  sources: ReleaseSources,
  act: Act,
): Promise<Result<Release | undefined, AppError<'busy'>>> {
  const projection = await sources.projections.find(tenantId, { id });
  if (projection === undefined) return ok(undefined);
  const { name, version } = projection;
  const meaning = await sources.releases.meaning(tenantId, name);
  const present = meaning === undefined ? ok(undefined) : await presentOf(tenantId, meaning, sources);
  if (!present.ok) return present;
  const verdict = judgeRelease(version, record, wish, present.value);
  const from = verdict.released ? meaning?.version : undefined;
  const detail = { name, version, ...(from === undefined ? {} : { from }), reason: verdict.reason };
  const audit = auditRecord(act, { tenantId, action: 'projection.release', subject: id, detail });
  return ok({ verdict, takes: { from, never: wish === 'candidate' }, audit });
}

type RecordSources = Pick<ReleaseSources, 'objects' | 'artefactKey' | 'fileRoom'>;

export async function presentOf(
  tenantId: string,
  { version, pinned, projectionId }: Meaning,
  sources: RecordSources,
): Promise<Result<Present, AppError<'busy'>>> {
  const record = await readRecord(tenantId, projectionId, sources);
  return record.ok ? ok({ version, pinned, record: record.value }) : record;
}

/** `undefined` where the file is gone or cannot be read. */
export async function readRecord(
  tenantId: string,
  projectionId: string,
  { objects, artefactKey, fileRoom }: RecordSources,
): Promise<Result<VersionRecord | undefined, AppError<'busy'>>> {
  const key = artefactKey(tenantId, projectionId);
  const bytes = await objects.size(key);
  if (bytes === undefined) return ok(undefined);
  return fileRoom.hold<VersionRecord | undefined, AppError<'busy'>>(
    { tenantId, key: projectionId, bytes },
    {
      known: () => undefined,
      read: async () => {
        const stored = await objects.get(key);
        const record = stored && (await decodeVersionRecord(stored));
        return ok(record?.ok ? record.value : undefined);
      },
    },
  );
}
