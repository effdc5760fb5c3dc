// Every route under what its schema allows, what it nearly allows, and what nobody allows: no bug may show (5xx; 503
// is an answer, since no worker is attached here), and every refusal is a problem document.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { errorTable } from '#shared/app-error.ts';
import { Problem } from '#shared/contracts/problem.ts';
import { KeyCreated } from '#shared/contracts/tenant.ts';
import { type Route, routeName } from '../../../edge/http/route.ts';
import { isForOperator } from '../../../edge/http/route-scope.ts';
import { routeTable } from '../../../edge/routes/route-table.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { adminHeaders, makeTenant, type TestTenant } from '../../support/edge-callers.ts';
import { makeObjects, objectKinds } from '../../support/foreign-objects.ts';
import { fc } from '../../support/properties.ts';
import { paramNames, pathFor } from '../../support/route-requests.ts';
import { fitting, junk, nearlyFitting } from '../../support/schema-arbitrary.ts';

/** FUZZ_RUNS=350 makes it more than 20,000 requests over all routes. */
const runs = Number(process.env.FUZZ_RUNS ?? 25);

let edge: Edge;
let tenant: TestTenant;
let own: Record<string, string>;
const logged: string[] = [];

beforeAll(async () => {
  edge = await openEdge({ onLog: (line) => logged.push(line) });
  tenant = await makeTenant(edge, 'fuzzed', { requestsPerMinute: 1_000_000 });
  own = await makeObjects(edge, tenant, objectKinds);
  // Not the key in use, which a fuzzed request may well revoke.
  const spare = await tenant.send('POST', '/v1/keys', { name: 'spare' });
  own.key = KeyCreated.parse(await spare.json()).id;
  own.tenant = (await makeTenant(edge, 'spare')).id;
});
afterAll(() => edge?.close());

type Shot = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: string;
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer> | string;
  readonly idempotencyKey: string | undefined;
  readonly encoding: string | undefined;
};

function shotAt(route: Route): fc.Arbitrary<Shot> {
  const param = (name: string) =>
    fc.oneof(
      fc.constant(`own:${name}`),
      fc.string({ minLength: 1, maxLength: 60 }).filter((text) => !['.', '..'].includes(text)),
    );
  return fc.record({
    params: fc.record(Object.fromEntries(paramNames(route).map((name) => [name, param(name)]))),
    query: queryOf(route.query),
    contentType: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('application/json', ...(route.raw ?? []).map(concrete)) },
      { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/xml', 'multipart/form-data', '') },
    ),
    body: bodyOf(route.body),
    encoding: fc.oneof(
      { weight: 12, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('gzip', 'br', 'identity', 'GZIP, gzip') },
    ),
    idempotencyKey: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('one', 'two', ' ') },
    ),
  });
}

const concrete = (type: string) => type.replace('*', 'png');

function bodyOf(schema: z.ZodType | undefined): fc.Arbitrary<Shot['body']> {
  const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => new Uint8Array(array));
  if (schema === undefined) return bytes;
  const json = fc.oneof(fitting(schema), nearlyFitting(schema)).map((value) => JSON.stringify(value) ?? '');
  return fc.oneof(
    { weight: 8, arbitrary: json },
    { weight: 1, arbitrary: json.map((text) => text.slice(0, -1)) },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: fc.oneof(monstrous, json.map(pack)) },
  );
}

/** Deep, wide or long beyond any contract. */
const monstrous = fc
  .tuple(
    fc.constantFrom('[', '{"a":', '"\\u0000', '1e999,', '[[],', '{"inputs":[{}],"a":'),
    fc.integer({ min: 1, max: 60_000 }),
  )
  .map(([piece, count]) => piece.repeat(count));

function pack(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(text));
}

function queryOf(schema: z.ZodObject | undefined): fc.Arbitrary<string> {
  const names = fc.constantFrom('limit', 'cursor', 'x', ...Object.keys(schema?.shape ?? {}));
  const value = fc
    .oneof(junk, fc.constantFrom('1', '0', '-1', 'a', '2026-05-04'))
    .map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')));
  const pairs = fc.array(fc.tuple(names, value), { maxLength: 3 });
  return fc.oneof(
    fc.constant(''),
    pairs.map((list) => {
      const wellFormed = list.map(([name, text]): [string, string] => [name, text.toWellFormed()]);
      return `?${new URLSearchParams(wellFormed)}`;
    }),
  );
}

async function fire(route: Route, shot: Shot): Promise<Response> {
  const params = Object.fromEntries(
    Object.entries(shot.params).map(([name, value]) => [
      name,
      value.startsWith('own:') ? (own[name] ?? value) : value,
    ]),
  );
  const caller = isForOperator(route.scope) ? adminHeaders : tenant.headers;
  const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
  const send = () =>
    edge.fetch(pathFor(route, params) + shot.query, {
      method: route.method,
      headers: {
        ...caller,
        ...(hasBody ? { 'content-type': shot.contentType } : {}),
        ...(hasBody && shot.encoding !== undefined ? { 'content-encoding': shot.encoding } : {}),
        ...(shot.idempotencyKey === undefined ? {} : { 'idempotency-key': shot.idempotencyKey }),
      },
      ...(hasBody ? { body: shot.body } : {}),
    });
  // A connection that was kept alive may be closed, idle, just as it is used again.
  return send().catch(send);
}

describe.each(routeTable.map((route) => [routeName(route), route] as const))('%s', (_name, route) => {
  test('never fails on our side and refuses with a problem document', async () => {
    const property = fc.asyncProperty(shotAt(route), async (shot) => {
      const response = await fire(route, shot);
      if (response.status < 400) {
        const schema = route.responses[response.status]?.schema;
        // JSON has no NaN and no Infinity: where one was, there is a null that the contract does not know.
        if (schema === undefined) await response.body?.cancel();
        else schema.parse(await response.json());
        return;
      }
      const problem = Problem.parse(await response.json());
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(problem.status).toBe(response.status);
      expect(errorTable).toHaveProperty(problem.code);
      if (response.status >= 500) expect(response.status, logged.at(-1)).toBe(503);
    });
    await fc.assert(property, { numRuns: runs });
  });
});
