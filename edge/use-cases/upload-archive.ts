// Adds the pictures of a tar whose entries are `environment/class/file` (or `environment/file`) to a dataset, as they arrive:
// no more than one batch is held. An entry that cannot be taken is reported and the rest go on.

import { type AppError, type AppErrorCode, appError } from '#shared/app-error.ts';
import { Label } from '#shared/contracts/common.ts';
import type { ArchiveResult } from '#shared/contracts/dataset.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { placeInTree } from '#shared/pictures/picture-tree.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { RequestShare } from '../limits/request-share.ts';
import { addingMs } from '../limits/thread-work.ts';
import {
  type AddSources,
  type AddTarget,
  addPictures,
  type KnownItems,
  type NewPicture,
} from './add-pictures.ts';
import { readTar, type TarEntry } from './tar/read-tar.ts';

/** Looked up together; fewer where they are larger. */
const batchPictures = 256;
const batchBytes = 8 * 1024 * 1024;
/** Of more than this many the rest is only counted. */
const maxReported = 1000;
/** Names are the caller's, and an answer does not grow with them. */
const maxReportedName = 300;

type Batched = NewPicture & { readonly path: string };

export type ArchiveSources = AddSources & {
  readonly maxPictureBytes: number;
  readonly breathe: () => Promise<void>;
  /** What of the isolate may be taken for the archive's pictures. */
  readonly allowance: Pick<RequestShare, 'tryTake' | 'take' | 'giveBack' | 'beforeWork'>;
};

/**
 * Where it is no tar, or not a whole one, what came before stays added, which the error counts, and sending it again is
 * harmless.
 */
export async function uploadArchive(
  source: ReadableStream<Uint8Array>,
  target: AddTarget,
  sources: ArchiveSources,
): Promise<Result<ArchiveResult, AppError<'malformed-request' | 'busy'>>> {
  const result: ArchiveResult = { added: 0, unchanged: 0, skipped: [] };
  // An archive may name one picture thousands of times; it is looked up once.
  const known: KnownItems = new Map();
  let batch: Batched[] = [];
  let bytes = 0;
  let heldBytes = 0;
  const skip = (path: string, code: string, detail: string) => {
    if (result.skipped.length < maxReported) result.skipped.push({ path: shownName(path), code, detail });
    else result.notListed = (result.notListed ?? 0) + 1;
  };
  let busy: AppError<'busy'> | undefined;
  let addedBefore = 0;
  const flush = async () => {
    // Which of them are new is known afterwards, and paid for with the next.
    busy ??= await allowance.beforeWork(addingMs(batch.length, result.added - addedBefore));
    if (busy !== undefined) return;
    addedBefore = result.added;
    const outcomes = await addPictures(batch, target, sources, known);
    outcomes.forEach((outcome, index) => {
      if (!outcome.ok) skip(batch[index]?.path ?? '', outcome.error.code, outcome.error.detail);
      else if (outcome.value.isNew) result.added += 1;
      else result.unchanged += 1;
    });
    batch = [];
    bytes = 0;
    allowance.giveBack(heldBytes);
    heldBytes = 0;
  };
  const { maxPictureBytes, breathe, allowance } = sources;
  const admit = async (wantedBytes: number): Promise<boolean> => {
    if (!allowance.tryTake(wantedBytes)) {
      // Whoever waits holds nothing that others wait for.
      await flush();
      if (!(await allowance.take(wantedBytes))) return false;
    }
    heldBytes += wantedBytes;
    return true;
  };
  for await (const entry of readTar(source, { maxFileBytes: maxPictureBytes, breathe, admit })) {
    if (!entry.ok) {
      await flush();
      return err(withWhatWasTaken(busy ?? entry.error, result));
    }
    const picture = toPicture(entry.value, maxPictureBytes);
    if (picture === undefined) {
      result.hidden = (result.hidden ?? 0) + 1;
      continue;
    }
    if ('code' in picture) {
      skip(entry.value.path, picture.code, picture.detail);
      continue;
    }
    batch.push({ ...picture, path: entry.value.path });
    bytes += picture.bytes.byteLength;
    if (batch.length >= batchPictures || bytes >= batchBytes) await flush();
    if (busy !== undefined) break;
  }
  await flush();
  return busy === undefined ? ok(result) : err(withWhatWasTaken(busy, result));
}

type Refusal = { readonly code: string; readonly detail: string };

function withWhatWasTaken<Code extends AppErrorCode>(
  { code, detail, ...rest }: AppError<Code>,
  { added, unchanged }: ArchiveResult,
): AppError<Code> {
  const taken = `Of what came before, ${added} were added and ${unchanged} were there already; they stay.`;
  return appError(code, `${detail} ${taken}`, rest);
}

/** A name of the archive as an answer shows it: not at any length, and with nothing that a terminal obeys. */
function shownName(path: string): string {
  const plain = path
    .slice(0, maxReportedName)
    .replaceAll(/\p{Cc}/gu, '\ufffd')
    .toWellFormed();
  return path.length > maxReportedName ? `${plain}…` : plain;
}

/** `undefined` for what archivers and desktops leave behind. */
function toPicture(entry: TarEntry, maxPictureBytes: number): NewPicture | Refusal | undefined {
  if (entry.kind === 'refused') return { code: 'invalid-request', detail: entry.reason };
  const placed = placeInTree(entry.path);
  if (placed.kind === 'hidden') return undefined;
  if (placed.kind === 'misplaced') return { code: 'invalid-request', detail: placed.reason };
  const { filename, ...folders } = placed.place;
  const environment = Label.safeParse(folders.environment);
  const label = Label.optional().safeParse(folders.class);
  if (!environment.success || !label.success) {
    return { code: 'invalid-request', detail: 'The name of the environment or class is not a label.' };
  }
  if (entry.bytes === undefined) {
    return {
      code: 'payload-too-large',
      detail: `A picture may have at most ${describeBytes(maxPictureBytes)}.`,
    };
  }
  return { bytes: entry.bytes, environment: environment.data, class: label.data, filename };
}
