// Cursors of lists ordered by creation time and id: opaque to callers, checked when they come back.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';

/** The last item of a page. The next page holds what comes after it in the list's order. */
export type Cursor = { readonly createdAtMs: number; readonly id: string };

export type PageRequest = { readonly limit: number; readonly after: Cursor | undefined };
export type Page<Item> = { readonly items: Item[]; readonly nextCursor?: string };

export function encodeCursor({ createdAtMs, id }: Cursor): string {
  return btoa(`${createdAtMs}:${id}`).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The page that a list route's query asks for, unless by a cursor that no list gave out. */
export function parsePageQuery(query: {
  readonly limit: number;
  readonly cursor?: string | undefined;
}): Result<PageRequest, AppError<'invalid-request'>> {
  if (query.cursor === undefined) return ok({ limit: query.limit, after: undefined });
  const match = decode(query.cursor)?.match(/^(\d{1,15}):([\w-]{1,100})$/);
  const [, createdAt, id] = match ?? [];
  if (createdAt === undefined || id === undefined) {
    return err(
      appError('invalid-request', 'The cursor is not one that this list gave out.', {
        errors: [{ pointer: '/query/cursor', message: 'not a cursor' }],
      }),
    );
  }
  return ok({ limit: query.limit, after: { createdAtMs: Number(createdAt), id } });
}

/** The first of them that are no more than `most` together, and one at least: what an isolate reads or shows at a time. */
export function fitting<Item>(
  items: readonly Item[],
  sizeOf: (item: Item) => number,
  most: number,
): readonly Item[] {
  let total = 0;
  const end = items.findIndex((item, index) => {
    total += sizeOf(item);
    return index > 0 && total > most;
  });
  return end === -1 ? items : items.slice(0, end);
}

/** Cuts rows fetched with `limit + 1` down to a page. */
export function pageOfRows<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => Cursor,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    ...(rows.length > limit && last !== undefined ? { nextCursor: encodeCursor(cursorOf(last)) } : {}),
  };
}

function decode(cursor: string): string | undefined {
  try {
    return atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}
