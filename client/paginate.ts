// Lists that come in pages, as one async iterator that fetches the next page when it is reached.

export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor?: string | undefined };

export type PageOptions = { readonly limit?: number | undefined; readonly cursor?: string | undefined };

/** Every item from `cursor` on; `limit` is the size of a page, not of the list. */
export async function* paginate<Item>(
  fetchPage: (page: PageOptions) => Promise<Page<Item>>,
  { limit, cursor }: PageOptions = {},
): AsyncGenerator<Item, void, undefined> {
  let next: string | undefined = cursor;
  do {
    const page: Page<Item> = await fetchPage({ limit, cursor: next });
    yield* page.items;
    next = page.nextCursor;
  } while (next !== undefined);
}
