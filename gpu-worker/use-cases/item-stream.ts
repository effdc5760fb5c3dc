// A stream of items that may break, as use cases see it: the good items in turn, and afterwards what broke it.

import type { AppError } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';

export type Bytes = Uint8Array<ArrayBuffer>;
export type ItemStream = AsyncIterable<Result<Bytes, AppError>>;

export type GoodItems = {
  readonly items: AsyncIterable<Bytes>;
  /** Meaningful once `items` has ended. */
  readonly brokenBy: () => AppError | undefined;
};

export function goodItems(stream: ItemStream): GoodItems {
  let error: AppError | undefined;
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
