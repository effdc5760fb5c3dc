// Adds the pictures of a tar whose entries are `environment/class/file` (or `environment/file`) to a dataset, as they arrive:
// no more than one batch is held. An entry that cannot be taken is reported and the rest go on.

import type { AppError } from '#shared/app-error.ts';
import { Label } from '#shared/contracts/common.ts';
import type { ArchiveResult } from '#shared/contracts/dataset.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { ok, type Result } from '#shared/result.ts';
import { type AddSources, type AddTarget, addPictures, type NewPicture } from './add-pictures.ts';
import { readTar, type TarEntry } from './read-tar.ts';

const batchPictures = 48;
const batchBytes = 16 * 1024 * 1024;
/** Of more than this many the rest is only counted among what was not added. */
const maxReported = 1000;

type Batched = NewPicture & { readonly path: string };

/** Errors: `malformed-request` where it is no tar; what came before stays added, and sending it again is harmless. */
export async function uploadArchive(
  source: ReadableStream<Uint8Array>,
  target: AddTarget,
  sources: AddSources & { readonly maxPictureBytes: number },
): Promise<Result<ArchiveResult, AppError>> {
  const result: ArchiveResult = { added: 0, unchanged: 0, skipped: [] };
  let batch: Batched[] = [];
  let bytes = 0;
  const skip = (path: string, code: string, detail: string) => {
    if (result.skipped.length < maxReported) result.skipped.push({ path, code, detail });
  };
  const flush = async () => {
    const outcomes = await addPictures(batch, target, sources);
    outcomes.forEach((outcome, index) => {
      if (!outcome.ok) skip(batch[index]?.path ?? '', outcome.error.code, outcome.error.detail);
      else if (outcome.value.isNew) result.added += 1;
      else result.unchanged += 1;
    });
    batch = [];
    bytes = 0;
  };
  for await (const entry of readTar(source, { maxFileBytes: sources.maxPictureBytes })) {
    if (!entry.ok) {
      await flush();
      return entry;
    }
    const picture = toPicture(entry.value, sources.maxPictureBytes);
    if (picture === undefined) continue;
    if ('code' in picture) {
      skip(entry.value.path, picture.code, picture.detail);
      continue;
    }
    batch.push({ ...picture, path: entry.value.path });
    bytes += picture.bytes.byteLength;
    if (batch.length >= batchPictures || bytes >= batchBytes) await flush();
  }
  await flush();
  return ok(result);
}

type Refusal = { readonly code: string; readonly detail: string };

/** `undefined` for what archivers and desktops leave behind. */
function toPicture({ path, bytes }: TarEntry, maxPictureBytes: number): NewPicture | Refusal | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const filename = parts.at(-1) ?? '';
  if (filename.startsWith('.') || parts[0] === '__MACOSX' || filename === 'Thumbs.db') return undefined;
  if (parts.length < 2 || parts.length > 3) {
    return { code: 'invalid-request', detail: 'The path is not environment/class/file.' };
  }
  const environment = Label.safeParse(parts[0]);
  const label = Label.optional().safeParse(parts.length === 3 ? parts[1] : undefined);
  if (!environment.success || !label.success) {
    return { code: 'invalid-request', detail: 'The name of the environment or class is not a label.' };
  }
  if (bytes === undefined) {
    return {
      code: 'payload-too-large',
      detail: `A picture may have at most ${describeBytes(maxPictureBytes)}.`,
    };
  }
  return { bytes, environment: environment.data, class: label.data, filename };
}
