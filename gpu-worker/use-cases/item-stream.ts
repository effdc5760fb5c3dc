// A stream of items that may break, as use cases see it: the good items in turn, and afterwards what broke it.

import type { AppError } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';

export type Bytes = Uint8Array<ArrayBuffer>;
/** A body that is cut short, too long, or not what was signed or announced. */
export type BrokenStream = 'payload-too-large' | 'unauthenticated' | 'malformed-request' | 'invalid-request';
/** Whoever takes an item owns its memory. */
export type ItemStream = AsyncIterable<Result<Bytes, AppError<BrokenStream>>>;

export type GoodItems = {
  readonly items: AsyncIterable<Bytes>;
  /** Meaningful once `items` has ended. */
  readonly brokenBy: () => AppError<BrokenStream> | undefined;
};

export function goodItems(stream: ItemStream): GoodItems {
  let error: AppError<BrokenStream> | undefined;
  async function* items(): AsyncGenerator<Bytes> {
    for await (const item of stream) {
      if (!item.ok) {
        error = item.error;
        return;
      }
      yield item.value;
    }
  }
  return { items: items(), brokenBy: () => error };
}
