// Parses a request's path, query and body against its route's contract, once. Answers every fault with JSON pointers:
// `/field` into the body, `/query/name` and `/path/name` beside it.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import { type BoundsCheck, createBoundsCheck } from '#shared/bounds.ts';
import type { Bytes } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { scanJson } from '#shared/scan-json.ts';
import type { RequestShare } from '../../limits/request-share.ts';
import type { BodyFailure } from '../body/body-fault.ts';
import { mediaType } from '../body/body-headers.ts';
import { parseJson } from '../body/parse-json.ts';
import { type RawBody, rawBody } from '../body/raw-body.ts';
import { readBytes } from '../body/read-body.ts';
import type { Route, RouteInput } from '../route.ts';
import { checkContract, unfit } from './check-contract.ts';
import { pointerOf } from './fit-contract.ts';
import { createLongListCheck, type LongListCheck } from './long-lists.ts';
import { createQueryParser } from './parse-query.ts';

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
  const parseQuery = createQueryParser(route.query);
  const checks = {
    bounds: createBoundsCheck(route.body ?? z.unknown()),
    longLists: createLongListCheck(route.body),
  };
  return {
    maxBodyBytes,
    parse: (source) => {
      const { request, params } = source;
      const path = checkContract(route.params, params, '/path');
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
  const body = checkContract(route.body, json.value, '');
  return body.ok ? ok({ body: body.value, raw: undefined }) : body;
}

function matches(type: string, accepted: string): boolean {
  return accepted.endsWith('/*') ? type.startsWith(accepted.slice(0, -1)) : type === accepted;
}

function unsupported(route: Route): AppError<'unsupported-media-type'> {
  const accepted = [...(route.body === undefined ? [] : ['application/json']), ...(route.raw ?? [])];
  return appError('unsupported-media-type', `Send the body as ${accepted.join(', ')}.`);
}
