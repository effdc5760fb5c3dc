// /problems/<code>: what the `type` of a problem document leads to.

import { z } from 'zod';
import { type AppErrorCode, appError, errorTable, isAppErrorCode } from '#shared/app-error.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';

const ProblemKind = z.object({
  type: z.string(),
  code: z.string(),
  title: z.string(),
  status: z.int(),
});

const ProblemParams = z.object({ code: z.string().max(80) });

export const problemRoutes = [
  defineRoute({
    method: 'GET',
    path: '/problems/:code',
    scope: 'public',
    summary: 'What an error code means',
    tags: ['documentation'],
    params: ProblemParams,
    responses: {
      200: {
        description: 'The kind of problem.',
        schema: ProblemKind,
        example: describeProblem('conflict'),
      },
    },
    handler: async ({ input }) => {
      const { code } = input.params;
      if (!isAppErrorCode(code)) return err(appError('not-found', 'There is no such problem.'));
      const headers = { 'cache-control': 'public, max-age=3600' };
      return ok({ status: 200, json: describeProblem(code), headers });
    },
  }),
];

function describeProblem(code: AppErrorCode): z.infer<typeof ProblemKind> {
  const { status, title } = errorTable[code];
  return { type: `/problems/${code}`, code, title, status };
}
