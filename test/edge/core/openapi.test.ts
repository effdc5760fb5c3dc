import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { createOpenApiDocument } from '../../../edge/http/openapi/document.ts';
import { errorCodesOf } from '../../../edge/http/openapi/operation.ts';
import { type Route, routeName } from '../../../edge/http/route.ts';
import { routeTable } from '../../../edge/routes/route-table.ts';

const text = createOpenApiDocument(routeTable);

test('passes the linter', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'clip-icm-openapi-'));
  const file = join(directory, 'openapi.json');
  await writeFile(file, text);
  const redocly = join(import.meta.dirname, '../../../node_modules/@redocly/cli/bin/cli.js');
  const linted = promisify(execFile)(
    process.execPath,
    [redocly, 'lint', file, '--extends=recommended', '--format=json'],
    { env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
  );
  const { totals } = JSON.parse((await linted.catch((failure) => failure)).stdout);
  await rm(directory, { recursive: true });
  expect(totals.errors).toBe(0);
});

test('describes every route, each under its own name', () => {
  const { paths } = JSON.parse(text);
  const operations = Object.values<Record<string, { operationId: string }>>(paths).flatMap(Object.values);
  expect(operations).toHaveLength(routeTable.length);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routeTable.length);
});

test('refers to nothing that it does not hold', () => {
  const { components } = JSON.parse(text);
  for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/([^"/]+)"/g)) {
    expect(components[kind], `${kind}/${name}`).toHaveProperty([name]);
  }
});

test('needs no schema by a name of the source', () => {
  expect(text).not.toContain('Unnamed');
});

const withBody = routeTable.filter(({ body }) => body !== undefined);

describe.each(routeTable.map((route) => [routeName(route), route] as const))('%s', (_name, route: Route) => {
  test('has examples that fit its contract', () => {
    for (const { schema, example } of Object.values(route.responses)) {
      if (schema === undefined) continue;
      expect(example, 'an example of each answer').toBeDefined();
      schema.parse(example);
    }
    route.body?.parse(route.bodyExample);
  });

  test('lists its errors', () => {
    const expected = route.scope === 'public' ? ['internal'] : ['unauthenticated', 'internal'];
    expect(errorCodesOf(route)).toEqual(expect.arrayContaining(expected));
  });
});

test('writes request schemas that take the documented examples', () => {
  const document = JSON.parse(text);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'api');
  expect(withBody.length).toBeGreaterThan(0);
  for (const { method, path, bodyExample } of withBody) {
    const route = path
      .replaceAll(/:(\w+)/g, '{$1}')
      .replaceAll('~', '~0')
      .replaceAll('/', '~1');
    const pointer = `/paths/${route}/${method.toLowerCase()}/requestBody/content/application~1json/schema`;
    const validate = ajv.compile({ $ref: `api#${encodeURI(pointer)}` });
    expect(validate(bodyExample), `${method} ${path}: ${ajv.errorsText(validate.errors)}`).toBe(true);
  }
});
