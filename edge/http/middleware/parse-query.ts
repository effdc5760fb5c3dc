// Named text fields, of a query or of a form, read against a schema.

import { z } from 'zod';
import type { AppError } from '#shared/app-error.ts';
import { createLru } from '#shared/lru.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { checkContract, unfit } from './check-contract.ts';

/**
 * A parameter whose schema is a list collects its repetitions; any other may stand once. Callers repeat their queries,
 * so what was found of the last ones is remembered, frozen.
 */
export function createQueryParser(
  schema: z.ZodObject | undefined,
): (url: string) => Result<unknown, AppError<'invalid-request'>> {
  if (schema === undefined) return () => ok(undefined);
  const lists = listsOf(schema);
  const remembered = createLru<Result<unknown, AppError<'invalid-request'>>>({
    maxWeight: maxRememberedQueries,
  });
  return (url) => {
    const start = url.indexOf('?');
    const query = start === -1 ? '' : url.slice(start + 1);
    if (query.length > maxQueryLength) return queryTooLong;
    const known = remembered.get(query);
    if (known !== undefined) return known;
    const parsed = deepFreeze(
      checkContract(schema, fieldValues(new URLSearchParams(query), lists), '/query'),
    );
    if (query.length <= maxRememberedQueryLength) remembered.set(query, parsed);
    return parsed;
  };
}

const maxRememberedQueries = 256;
const maxRememberedQueryLength = 512;
/** Room for the labels and templates of a picture sent as it is; more of them have their place in a JSON body. */
const maxQueryLength = 64 * 1024;

const queryTooLong = err(
  unfit([{ pointer: '/query', message: `has more than ${maxQueryLength} characters` }]),
);

/** The text fields of a form, read like a query: of the options in `schema` those that it names. */
export function parseFields<Schema extends z.ZodObject>(
  schema: Schema,
  fields: readonly (readonly [string, string])[],
): Result<Partial<z.output<Schema>>, AppError<'invalid-request'>> {
  const parsed = checkContract(schema, fieldValues(fields, listsOf(schema)), '/form');
  if (!parsed.ok) return parsed;
  const named = new Set(fields.map(([name]) => name));
  const given = Object.entries(parsed.value as object).filter(([name]) => named.has(name));
  return ok(Object.fromEntries(given) as Partial<z.output<Schema>>);
}

function listsOf(schema: z.ZodObject): ReadonlySet<string> {
  return new Set(Object.keys(schema.shape).filter((name) => isList(schema.shape[name])));
}

function fieldValues(
  fields: Iterable<readonly [string, string]>,
  lists: ReadonlySet<string>,
): Record<string, unknown> {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const same = values.get(name);
    if (same === undefined) values.set(name, [value]);
    else same.push(value);
  }
  const entries = [...values].map(([name, all]) => [name, lists.has(name) || all.length > 1 ? all : all[0]]);
  return Object.fromEntries(entries);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

function isList(schema: unknown): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return isList(schema.unwrap());
  return schema instanceof z.ZodArray;
}
