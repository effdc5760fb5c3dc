// The OpenAPI 3.1 document, made from the route table. hono-openapi describes routes by middleware on each, and would
// be a second place that lists them; here the table is the one place, and zod's own JSON Schema output is all it takes.

import type { z } from 'zod';
import { appError, errorTable, toProblem } from '#shared/app-error.ts';
import type { Route } from '../route.ts';
import { createSchemaSet, shortenNames } from './components.ts';
import { describeOperation, errorCodesOf, parameterObject } from './operation.ts';

type Json = { readonly [key: string]: unknown };

/** The document as JSON text. `basePath` stands before every path, as callers see them. */
export function createOpenApiDocument(routes: readonly Route[], basePath = ''): string {
  const schemas = createSchemaSet(routes.flatMap(schemasOf));
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route, schemas) };
  }
  const components = {
    schemas: schemas.components(),
    securitySchemes,
    parameters,
    headers,
    examples: problems(routes),
  };
  const servers = [{ url: basePath || '/', description: 'This deployment' }];
  const document = { openapi: '3.1.0', info, servers, tags: tagsOf(routes), paths, components };
  return shortenNames(JSON.stringify(document), components.schemas);
}

function schemasOf({ params, query, body, responses }: Route): z.ZodType[] {
  const parameterSchemas = [params, query].filter((schema) => schema !== undefined).map(parameterObject);
  const answers = Object.values(responses).map(({ schema }) => schema);
  return [...parameterSchemas, ...[body, ...answers].filter((schema) => schema !== undefined)];
}

const info = {
  title: 'clip-icm',
  version: '1',
  summary: 'CLIP classifiers that hold up when the pictures change.',
  description: [
    'Classify pictures and embeddings, fit invariant projections from your own pictures, and manage keys.',
    'Every failure is a problem document (RFC 9457) with a stable `code`. Lists are paged with `cursor`. A POST that',
    'creates takes an `Idempotency-Key`. Request rates are counted per location of the network; quotas are exact.',
  ].join('\n'),
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const tagDescriptions: Readonly<Record<string, string>> = {
  classifications: 'Which label a picture or embedding has.',
  embeddings: 'Pictures and texts as vectors, in the shape of the OpenAI API.',
  datasets: 'Pictures of the tenant, with environment and class.',
  projections: 'Fitted projections, their versions and names.',
  corrections: 'What was right under the answers of a projection, for its next fit.',
  aliases: 'Which version a bare name means.',
  jobs: 'Work that outlives a request.',
  evaluations: 'How well a projection does on labelled pictures.',
  webhooks: 'Where the tenant is told of what happens.',
  keys: 'API keys of the tenant.',
  usage: 'What the tenant has used, and the log of what was done.',
  admin: 'Tenants, for the operator.',
  health: 'Probes.',
  documentation: 'This document and its parts.',
};

function tagsOf(routes: readonly Route[]): Json[] {
  const used = new Set(routes.flatMap(({ tags }) => tags));
  const order = Object.keys(tagDescriptions);
  return [...used]
    .sort((a, b) => order.indexOf(a) - order.indexOf(b))
    .map((name) => ({ name, description: tagDescriptions[name] ?? name }));
}

const securitySchemes = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `icm_<environment>_<id>_<secret>`.' },
  apiKeyHeader: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same key.' },
  adminSecret: { type: 'http', scheme: 'bearer', description: "The operator's secret." },
  metricsSecret: { type: 'http', scheme: 'bearer', description: 'A lesser one, which reads metrics alone.' },
};

const parameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'The same request with the same key within 24 hours gets the same answer and does nothing twice.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
};

const headers = {
  RetryAfter: { description: 'Seconds after which to try again.', schema: { type: 'integer', minimum: 1 } },
};

/** One example a code, referred to wherever the code can occur. */
function problems(routes: readonly Route[]): Json {
  const codes = [...new Set(routes.flatMap(errorCodesOf))];
  return Object.fromEntries(
    codes.map((code) => [
      code,
      {
        summary: errorTable[code].title,
        value: toProblem(appError(code, errorTable[code].title), 'req_8sKd03LmQpX7vBn2TzRa'),
      },
    ]),
  );
}
