// What every list route answers: a page of a tenant's rows, or that the cursor is none.

import type { AppError } from '#shared/app-error.ts';
import { ok, type Result } from '#shared/result.ts';
import { type Page, type PageRequest, parsePageQuery } from '../stores/cursor.ts';

type PageReply<Item> = { readonly status: 200; readonly json: Page<Item> };

export async function pageReply<Row, Item>(
  query: Parameters<typeof parsePageQuery>[0],
  list: (page: PageRequest) => Promise<Page<Row>>,
  present: (row: Row) => Item,
): Promise<Result<PageReply<Item>, AppError<'invalid-request'>>> {
  const page = parsePageQuery(query);
  if (!page.ok) return page;
  const { items, ...rest } = await list(page.value);
  return ok({ status: 200, json: { items: items.map((row) => present(row)), ...rest } });
}
