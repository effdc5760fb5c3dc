// A stored artefact in a format that others read. Made once and kept beside what else can be made again, then sent from there: the
// arrays of a large one are in memory while it is made, not for as long as somebody takes to receive it.

import { type AppError, appError } from '#shared/app-error.ts';
import { chooseFitted, exportOnnxHead } from '#shared/codec/export/onnx-head.ts';
import { exportSafetensors } from '#shared/codec/export/safetensors.ts';
import { type Artefact, decodeAnswering } from '#shared/codec/icm-file.ts';
import type { ArtefactQuery } from '#shared/contracts/projection.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { giveWay } from '../clients/breathe.ts';
import { streamOf } from '../clients/framed-body.ts';
import type { FileRoom } from '../limits/file-room.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import { noProjection } from './find-owned.ts';
import { openStored } from './open-stored.ts';

/** Of a version that is ready. */
export type ExportSubject = {
  readonly tenantId: string;
  readonly id: string;
  readonly artefactBytes: number | undefined;
};

type ExportSources = {
  readonly projections: Pick<ProjectionStore, 'find'>;
  readonly objects: Pick<ObjectStore, 'get' | 'open' | 'size' | 'putStream' | 'remove'>;
  readonly fileRoom: FileRoom;
};

type ExportFailure = 'not-found' | 'invalid-artefact' | 'invalid-request' | 'busy';

/** The file of that format, from storage. */
export async function openExport(
  subject: ExportSubject,
  query: ArtefactQuery,
  sources: ExportSources,
): Promise<Result<ReadableStream<Uint8Array>, AppError<ExportFailure>>> {
  const { objects, fileRoom } = sources;
  const { tenantId, id, artefactBytes = 0 } = subject;
  const key = objectKeys.export(tenantId, id, exportName(query));
  const file = { tenantId, key, bytes: artefactBytes };
  const made = await fileRoom.hold(file, {
    known: () => objects.size(key),
    read: () => makeExport(subject, query, key, sources),
  });
  return made.ok ? openStored(key, objects, noProjection) : made;
}

/** To be raised with whatever changes the bytes of an export: those that are kept are by the name that they had. */
const exporters = 1;

/** Of what is asked for, beside others of the same projection. */
export function exportName({ format, head, mode }: ArtefactQuery): string {
  const name = format === 'safetensors' ? format : `${head ?? ''}.${mode}.${format}`;
  return `${exporters}.${name}`;
}

/** How long it is. */
async function makeExport(
  { tenantId, id }: ExportSubject,
  query: ArtefactQuery,
  key: string,
  { objects, projections }: ExportSources,
): Promise<Result<number, AppError<ExportFailure>>> {
  const stored = await objects.get(objectKeys.artefact(tenantId, id));
  if (stored === undefined) return err(noProjection);
  await giveWay();
  const artefact = await decodeAnswering(stored);
  if (!artefact.ok) return artefact;
  const pieces = piecesOf(artefact.value, query);
  if (!pieces.ok) return pieces;
  const byteLength = pieces.value.reduce((total, piece) => total + piece.byteLength, 0);
  await objects.putStream(key, streamOf(pieces.value), byteLength);
  // Deleted in the meantime, with what had been exported of it until then.
  if ((await projections.find(tenantId, { id })) !== undefined) return ok(byteLength);
  await objects.remove([key]);
  return err(noProjection);
}

function piecesOf(
  artefact: Artefact,
  { format, head, mode }: ArtefactQuery,
): Result<readonly Uint8Array[], AppError<'invalid-request'>> {
  if (format === 'safetensors') return ok(exportSafetensors(artefact));
  const fitted = chooseFitted(artefact, { head, mode });
  if (fitted !== undefined) return ok(exportOnnxHead(artefact, fitted, mode));
  const wanted = head === undefined ? 'head' : `${head} head`;
  const message = `The projection has no ${wanted} in the mode ${mode}.`;
  return err(appError('invalid-request', message, { errors: [{ pointer: '/query/head', message }] }));
}
