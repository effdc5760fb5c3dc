// Adds `.stats` files up, one after the other as they arrive.

import type { AppError } from '#shared/app-error.ts';
import type { MergeHead } from '#shared/contracts/worker.ts';
import type { Result } from '#shared/result.ts';
import { mergeInto, withNumbers } from '../numbers/numbers.ts';
import type { FileFailure } from '../numbers/numbers-thread.ts';
import type { BrokenStream, Bytes, ItemStream } from './item-stream.ts';

export async function merge(
  { head, items }: { readonly head: MergeHead; readonly items: ItemStream },
  signal: AbortSignal,
): Promise<Result<Bytes, AppError<BrokenStream | FileFailure>>> {
  return await withNumbers(signal, (numbers) => mergeInto(numbers, items, head.subtractFrom));
}
