// One route as an OpenAPI operation: its parameters, body, answers, and every error that can be its answer.

import { z } from 'zod';
import { type AppErrorCode, errorTable } from '#shared/app-error.ts';
import { Problem } from '#shared/contracts/problem.ts';
import { impliedErrors, type ResponseSpec, type Route, scopesOf } from '../route.ts';
import { isForOperator } from '../route-scope.ts';
import type { JsonSchema, SchemaSet } from './components.ts';

type Json = { readonly [key: string]: unknown };

export function describeOperation(route: Route, schemas: SchemaSet): Json {
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: [route.description, scopeSentence(route)].filter((part) => part !== undefined).join('\n\n'),
    tags: route.tags,
    security: security(route),
    ...parameters(route, schemas),
    ...requestBody(route, schemas),
    responses: { ...successes(route, schemas), ...failures(route, schemas) },
  };
}

/** `GET /v1/keys/:key` is `getKeysByKey`. */
export function operationId({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path
    .split('/')
    .filter((part) => part !== '' && part !== 'v1')
    .map((part) =>
      part.startsWith(':') ? `By${capital(part.slice(1))}` : capital(part.replace(/\W/g, ' ')),
    );
  return method.toLowerCase() + (words.join('') || 'Root');
}

function capital(text: string): string {
  return text.replace(/(?:^|\s)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function scopeSentence(route: Route): string {
  if (route.scope === 'public') return 'Needs no key.';
  if (route.scope === 'admin') return "Needs the administrator's secret.";
  if (route.scope === 'metrics') return "Needs the secret for metrics, or the administrator's.";
  return `Needs a key with the scope ${scopesOf(route)
    .map((scope) => `\`${scope}\``)
    .join(' or ')}.`;
}

function security({ scope }: Route): Json[] {
  if (scope === 'public') return [];
  if (scope === 'admin') return [{ adminSecret: [] }];
  if (scope === 'metrics') return [{ metricsSecret: [] }, { adminSecret: [] }];
  return [{ apiKey: [] }, { apiKeyHeader: [] }];
}

function parameters(route: Route, schemas: SchemaSet): Json {
  const list = [
    ...parametersOf(route.params, 'path', schemas),
    ...parametersOf(route.query, 'query', schemas),
    ...(route.creates === true ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ];
  return list.length === 0 ? {} : { parameters: list };
}

function parametersOf(schema: z.ZodObject | undefined, where: 'path' | 'query', schemas: SchemaSet): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = inPlace(schema, schemas);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}

/** Parameters are spelled out even where their object has a name. */
function inPlace(
  schema: z.ZodObject,
  schemas: SchemaSet,
): { properties?: Record<string, JsonSchema>; required?: string[] } {
  return schemas.use(parameterObject(schema), 'input');
}

const parameterObjects = new WeakMap<z.ZodObject, z.ZodObject>();

export function parameterObject(schema: z.ZodObject): z.ZodObject {
  const known = parameterObjects.get(schema);
  if (known !== undefined) return known;
  const copy = z.object(schema.shape);
  parameterObjects.set(schema, copy);
  return copy;
}

function requestBody(route: Route, schemas: SchemaSet): Json {
  const example = route.bodyExample === undefined ? {} : { example: route.bodyExample };
  const json =
    route.body === undefined
      ? {}
      : { 'application/json': { schema: schemas.use(route.body, 'input'), ...example } };
  const raw = Object.fromEntries((route.raw ?? []).map((type) => [type, { schema: rawSchema(type) }]));
  const content = { ...json, ...raw };
  if (Object.keys(content).length === 0) return {};
  return { requestBody: { required: route.bodyOptional !== true, content } };
}

function rawSchema(type: string): Json {
  if (type !== 'multipart/form-data') return { type: 'string', format: 'binary' };
  const files = { type: 'array', items: { type: 'string', format: 'binary' } };
  return { type: 'object', properties: { image: files }, required: ['image'] };
}

function successes(route: Route, schemas: SchemaSet): Json {
  const answers = Object.entries(route.responses).map(([status, spec]) => [
    status,
    { description: spec.description, ...content(spec, schemas) },
  ]);
  return Object.fromEntries(answers);
}

function content({ schema, contentType, example }: ResponseSpec, schemas: SchemaSet): Json {
  const examples = example === undefined ? {} : { example };
  if (schema !== undefined) {
    return { content: { 'application/json': { schema: schemas.use(schema, 'output'), ...examples } } };
  }
  if (contentType === undefined) return {};
  const binary = { type: 'string', ...(/^text\/|json$/.test(contentType) ? {} : { format: 'binary' }) };
  return { content: { [contentType]: { schema: binary, ...examples } } };
}

/** What a route can answer besides success, from its shape and its own list. */
export function errorCodesOf(route: Route): AppErrorCode[] {
  const hasBody = route.body !== undefined || route.raw !== undefined;
  const codes: AppErrorCode[] = [
    ...(route.scope === 'public' ? [] : (['unauthenticated'] as const)),
    ...(route.scope === 'public' || isForOperator(route.scope) ? [] : impliedErrors.tenant),
    // Of an address that too many calls were refused from.
    ...(route.scope === 'public' ? [] : (['rate-limited'] as const)),
    ...(route.params === undefined ? [] : impliedErrors.params),
    ...(route.query === undefined ? [] : impliedErrors.query),
    ...(hasBody ? impliedErrors.body : []),
    ...(route.creates === true ? impliedErrors.creates : []),
    ...(route.errors ?? []),
    'internal',
  ];
  return [...new Set(codes)];
}

function failures(route: Route, schemas: SchemaSet): Json {
  const byStatus = Map.groupBy(errorCodesOf(route), (code) => errorTable[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => errorTable[code].title).join('; '),
        ...(status === 429 || status === 503 || status === 409 ? retryHeader : {}),
        content: {
          'application/problem+json': {
            schema: schemas.use(Problem, 'output'),
            examples: Object.fromEntries(
              codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  );
}

const retryHeader = { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } };
