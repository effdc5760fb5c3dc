// A stored artefact in a format that others read.

import { type AppError, appError } from '#shared/app-error.ts';
import { chooseFitted, exportOnnxHead } from '#shared/codec/export/onnx-head.ts';
import { exportSafetensors } from '#shared/codec/export/safetensors.ts';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import type { ArtefactQuery } from '#shared/contracts/projection.ts';
import { err, ok, type Result } from '#shared/result.ts';

export async function exportArtefact(
  bytes: Uint8Array,
  { format, head, mode }: ArtefactQuery,
): Promise<Result<Uint8Array<ArrayBuffer>, AppError<'invalid-artefact' | 'invalid-request'>>> {
  const artefact = await decodeArtefact(bytes);
  if (!artefact.ok) return artefact;
  if (format === 'safetensors') return ok(exportSafetensors(artefact.value));
  const fitted = chooseFitted(artefact.value, { head, mode });
  if (fitted !== undefined) return ok(exportOnnxHead(artefact.value, fitted, mode));
  const wanted = head === undefined ? 'head' : `${head} head`;
  const message = `The projection has no ${wanted} in the mode ${mode}.`;
  return err(appError('invalid-request', message, { errors: [{ pointer: '/query/head', message }] }));
}
