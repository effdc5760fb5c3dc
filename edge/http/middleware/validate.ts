// Parses a request's path, query and body against its route's contract, once. Answers every fault with JSON pointers:
// `/field` into the body, `/query/name` and `/path/name` beside it.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import { type BoundsCheck, createBoundsCheck } from '#shared/bounds.ts';
import type { FieldError } from '#shared/contracts/problem.ts';
import type { Bytes } from '#shared/digest.ts';
import { createLru } from '#shared/lru.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { scanJson } from '#shared/scan-json.ts';
import type { RequestShare } from '../../limits/request-share.ts';
import type { BodyFailure } from '../body/body-fault.ts';
import { mediaType } from '../body/body-headers.ts';
import { parseJson } from '../body/parse-json.ts';
import { type RawBody, rawBody } from '../body/raw-body.ts';
import { readBytes } from '../body/read-body.ts';
import type { Route, RouteInput } from '../route.ts';
import { fitContract, pointerOf } from './fit-contract.ts';
import { createLongListCheck, type LongListCheck } from './long-lists.ts';

/** Messages and pointers quote what was sent, and are not to grow with it. */
const maxMessageLength = 300;

const defaultMaxBodyBytes = 1024 * 1024;

export type Input = RouteInput<z.ZodType, z.ZodType, z.ZodType, readonly string[]>;

type Source = {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  /** The body where an earlier stage has read it. */
  readonly bytes: Bytes | undefined;
  /** declaredLength of the request. */
  readonly declared: number | undefined;
  readonly share: RequestShare;
};

export type InputFailure = BodyFailure | 'invalid-request';

export type Validator = {
  readonly maxBodyBytes: number;
  /** At once where no body is read here. */
  readonly parse: (
    source: Source,
  ) => Result<Input, AppError<InputFailure>> | Promise<Result<Input, AppError<InputFailure>>>;
};

/** Works out once what a route's contract asks of each request. */
export function createValidator(route: Route): Validator {
  const maxBodyBytes = route.maxBodyBytes ?? defaultMaxBodyBytes;
  const parseQuery = queryParser(route.query);
  const checks = {
    bounds: createBoundsCheck(route.body ?? z.unknown()),
    longLists: createLongListCheck(route.body),
  };
  return {
    maxBodyBytes,
    parse: (source) => {
      const { request, params } = source;
      const path = checked(route.params, params, '/path');
      if (!path.ok) return path;
      const query = parseQuery(request.url);
      if (!query.ok) return query;
      const whole = (body: Result<BodyInput, AppError<InputFailure>>) =>
        body.ok ? ok({ params: path.value, query: query.value, ...body.value }) : body;
      const body = parseBody(route, source, checks, maxBodyBytes);
      return body instanceof Promise ? body.then(whole) : whole(body);
    },
  };
}

type BodyChecks = { readonly bounds: BoundsCheck; readonly longLists: LongListCheck };

type BodyInput = { readonly body: unknown; readonly raw: RawBody | undefined };

type ParsedBody = Result<BodyInput, AppError<InputFailure>>;

function parseBody(
  route: Route,
  source: Source,
  checks: BodyChecks,
  maxBytes: number,
): ParsedBody | Promise<ParsedBody> {
  const { request, bytes, share } = source;
  if (route.body === undefined && route.raw === undefined) return ok({ body: undefined, raw: undefined });
  const contentTypeHeader = request.headers.get('content-type') ?? '';
  const type = mediaType(contentTypeHeader);
  if (route.raw?.some((accepted) => matches(type, accepted))) {
    return ok({
      body: undefined,
      raw: rawBody(source, { contentType: type, contentTypeHeader }, maxBytes, share),
    });
  }
  const acceptsJson = route.body !== undefined && (type === 'application/json' || type.endsWith('+json'));
  const mayBeAbsent = route.bodyOptional === true && type === '';
  if (!acceptsJson && !mayBeAbsent) return err(unsupported(route));
  const read =
    bytes === undefined ? readBytes(source, route.maxJsonBytes ?? maxBytes, share, scanJson) : ok(bytes);
  return parseJsonBody(route, read, checks);
}

async function parseJsonBody(
  route: Route,
  reading: Result<Bytes, AppError<BodyFailure>> | Promise<Result<Bytes, AppError<BodyFailure>>>,
  checks: BodyChecks,
): Promise<ParsedBody> {
  const read = await reading;
  if (!read.ok) return read;
  const isEmpty = read.value.length === 0 && route.bodyOptional === true;
  const parsed = isEmpty ? ok({}) : parseJson(read.value);
  const json = parsed instanceof Promise ? await parsed : parsed;
  if (!json.ok) return json;
  const fault = checks.bounds(json.value);
  if (fault !== undefined)
    return err(unfit([{ pointer: pointerOf(fault.path, ''), message: fault.message }]));
  const early = checks.longLists(json.value);
  const faults = early === undefined ? [] : await early;
  if (faults.length > 0) return err(unfit(faults));
  const body = checked(route.body, json.value, '');
  return body.ok ? ok({ body: body.value, raw: undefined }) : body;
}

function matches(type: string, accepted: string): boolean {
  return accepted.endsWith('/*') ? type.startsWith(accepted.slice(0, -1)) : type === accepted;
}

function unsupported(route: Route): AppError<'unsupported-media-type'> {
  const accepted = [...(route.body === undefined ? [] : ['application/json']), ...(route.raw ?? [])];
  return appError('unsupported-media-type', `Send the body as ${accepted.join(', ')}.`);
}

/**
 * A parameter whose schema is a list collects its repetitions; any other may stand once. Callers repeat their queries,
 * so what was found of the last ones is remembered, frozen.
 */
function queryParser(
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
    const parsed = deepFreeze(checked(schema, fieldValues(new URLSearchParams(query), lists), '/query'));
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
  const parsed = checked(schema, fieldValues(fields, listsOf(schema)), '/form');
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

function checked(
  schema: z.ZodType | undefined,
  value: unknown,
  prefix: string,
): Result<unknown, AppError<'invalid-request'>> {
  if (schema === undefined) return ok(undefined);
  const fitted = fitContract(schema, value, prefix);
  return fitted.ok ? ok(fitted.value) : err(unfit(fitted.errors));
}

function unfit(errors: readonly FieldError[]): AppError<'invalid-request'> {
  const clipped = errors.map(({ pointer, message }) => ({ pointer: clip(pointer), message: clip(message) }));
  return appError('invalid-request', 'The request does not fit the contract of this route.', {
    errors: clipped,
  });
}

function clip(text: string): string {
  return text.length > maxMessageLength ? `${text.slice(0, maxMessageLength).toWellFormed()}…` : text;
}
