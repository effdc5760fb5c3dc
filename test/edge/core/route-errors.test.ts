import { expect, test } from 'vitest';
import { z } from 'zod';
import { type AppErrorCode, appError } from '#shared/app-error.ts';
import { err } from '#shared/result.ts';
import { errorCodesOf } from '../../../edge/http/openapi/operation.ts';
import { defineRoute } from '../../../edge/http/route.ts';

const shape = {
  method: 'GET',
  path: '/v1/things/:thing',
  scope: 'classify',
  summary: 'Get a thing',
  tags: ['things'],
  params: z.object({ thing: z.string() }),
  responses: { 204: { description: 'It is there.' } },
} as const;

test('a route lists the failures of its handler that its shape does not imply', () => {
  const listed = defineRoute({
    ...shape,
    errors: ['conflict'],
    handler: async ({ input }) =>
      err(appError(input.params.thing === 'a' ? 'conflict' : 'not-found', 'Not this one.')),
  });
  expect(errorCodesOf(listed)).toEqual<AppErrorCode[]>([
    'unauthenticated',
    'missing-scope',
    'tenant-suspended',
    'rate-limited',
    'quota-exceeded',
    'busy',
    'not-found',
    'invalid-request',
    'conflict',
    'internal',
  ]);
});

test('a failure that is neither implied nor listed does not compile', () => {
  const unlisted = defineRoute({
    ...shape,
    // @ts-expect-error `conflict` stands in the handler's type alone.
    handler: async () => err(appError('conflict', 'Not now.')),
  });
  expect(errorCodesOf(unlisted)).not.toContain('conflict');
});
