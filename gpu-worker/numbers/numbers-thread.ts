// Entry of a numbers thread: one for each merge or solve, so that neither holds up the event loop, and a caller who leaves
// ends the work by ending the thread.

import type { AppError } from '#shared/app-error.ts';
import { decodeStatistics, encodeStatistics, type StatisticsFile } from '#shared/codec/stats-file.ts';
import { sha256Hex } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type Served, serveThread } from '../threads/serve-thread.ts';
import {
  addStatisticsFiles,
  type MergeFailure,
  sortNames,
  subtractStatisticsFiles,
} from './merge-statistics.ts';
import { type NumbersFailure, type SolveTask, solveStatistics } from './solve-statistics.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export type NumbersRequest =
  /** Reads a file: the first as it is, the next added to or taken from what is there. */
  | { readonly kind: 'load' | 'add' | 'subtract'; readonly bytes: Bytes }
  | { readonly kind: 'write' }
  | { readonly kind: 'solve'; readonly task: SolveTask };

export type LoadedStatistics = Pick<StatisticsFile, 'model' | 'classes'>;

/** Of a `.stats` file: damaged, or not one with those that it is to be added to. */
export type FileFailure = 'invalid-artefact' | MergeFailure;

export type NumbersAnswer =
  | { readonly kind: 'loaded'; readonly file: Result<LoadedStatistics, AppError<FileFailure>> }
  | { readonly kind: 'written'; readonly bytes: Bytes }
  | { readonly kind: 'solved'; readonly artefact: Result<Bytes, AppError<NumbersFailure>> };

let held: StatisticsFile | undefined;
let heldHash = '';

serveThread<NumbersRequest, NumbersAnswer>(async (request): Promise<Served<NumbersAnswer>> => {
  switch (request.kind) {
    case 'load':
    case 'add':
    case 'subtract':
      return { answer: { kind: 'loaded', file: await take(request.kind, request.bytes) } };
    case 'write':
      return serveFile(await encodeStatistics(sortNames(present())));
    case 'solve':
      return serveSolved(await solveStatistics(present(), heldHash, request.task));
  }
});

async function take(
  kind: 'load' | 'add' | 'subtract',
  bytes: Bytes,
): Promise<Result<LoadedStatistics, AppError<FileFailure>>> {
  const file = await decodeStatistics(bytes);
  if (!file.ok) return err(file.error);
  const combine = kind === 'subtract' ? subtractStatisticsFiles : addStatisticsFiles;
  const combined = kind === 'load' ? file : combine(present(), file.value);
  if (!combined.ok) return err(combined.error);
  if (kind === 'load') heldHash = await sha256Hex(bytes);
  held = combined.value;
  return ok({ model: held.model, classes: held.classes });
}

function present(): StatisticsFile {
  if (held === undefined) throw new Error('no statistics were loaded');
  return held;
}

function serveFile(bytes: Bytes): Served<NumbersAnswer> {
  return { answer: { kind: 'written', bytes }, transfer: [bytes.buffer] };
}

function serveSolved(artefact: Result<Bytes, AppError<NumbersFailure>>): Served<NumbersAnswer> {
  return { answer: { kind: 'solved', artefact }, transfer: artefact.ok ? [artefact.value.buffer] : [] };
}
