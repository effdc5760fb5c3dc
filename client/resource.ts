// The few request shapes that every resource repeats, said once. Knows no resource.

import { type Page, type PageOptions, paginate } from './paginate.ts';
import type { CallOptions, CreateOptions, QueryValue, Transport } from './transport.ts';

/** The most that the service puts on a page. */
const maxPageSize = 100;

export type ListOptions = CallOptions & PageOptions;

/** A list as one page, as an async iterator over all of it, or whole. */
export type Listing<Item> = {
  page(options?: ListOptions): Promise<Page<Item>>;
  list(options?: ListOptions): AsyncGenerator<Item, void, undefined>;
  all(call?: CallOptions): Promise<Item[]>;
};

export function listing<Item>(
  transport: Transport,
  path: string,
  query: Readonly<Record<string, QueryValue>> = {},
): Listing<Item> {
  const page = ({ limit, cursor, ...call }: ListOptions = {}) =>
    read<Page<Item>>(transport, path, call, { ...query, limit, cursor });
  const list = ({ limit, cursor, ...call }: ListOptions = {}) =>
    paginate((position) => page({ ...call, ...position }), { limit, cursor });
  const all = async (call: CallOptions = {}) => {
    const items: Item[] = [];
    for await (const item of list({ ...call, limit: maxPageSize })) items.push(item);
    return items;
  };
  return { page, list, all };
}

export function read<T>(
  transport: Transport,
  path: string,
  call: CallOptions = {},
  query: Readonly<Record<string, QueryValue>> = {},
): Promise<T> {
  return transport.json<T>({ ...call, method: 'GET', path, query, repeatable: true });
}

/** A POST that makes something. Its key makes repeating it safe, so the transport may. */
export function create<T>(
  transport: Transport,
  path: string,
  json: unknown,
  { idempotencyKey = crypto.randomUUID(), ...call }: CreateOptions = {},
): Promise<T> {
  const headers = { 'idempotency-key': idempotencyKey };
  return transport.json<T>({ ...call, method: 'POST', path, headers, body: { json }, repeatable: true });
}

/** A PUT or PATCH: it says what shall be, so repeating it changes nothing. */
export function change<T>(
  transport: Transport,
  method: 'PUT' | 'PATCH',
  path: string,
  json: unknown,
  call: CallOptions = {},
): Promise<T> {
  return transport.json<T>({ ...call, method, path, body: { json }, repeatable: true });
}

export async function remove(transport: Transport, path: string, call: CallOptions = {}): Promise<void> {
  const response = await transport.send({ ...call, method: 'DELETE', path, repeatable: true });
  await response.body?.cancel();
}

/** `path\`/v1/datasets/${name}\``: every value becomes one path segment. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map(encodeURIComponent));
}
