// /v1/projections/{projection}/shadow: a candidate asked beside the current version, and how often it would answer otherwise.

import { ShadowReport, ShadowRequest } from '#shared/contracts/shadow.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { findProjection } from '../use-cases/find-owned.ts';
import { endShadow, readShadow, type Shown, setShadow } from '../use-cases/manage-shadow.ts';
import { actOf, type TenantContext } from './data-context.ts';
import { ProjectionParams } from './projections.ts';

const begun = { name: 'camera-traps', version: 1, shadow: 2, answers: 0, differing: 0, pairs: [] } as const;
const example = {
  ...begun,
  answers: 1200,
  differing: 31,
  pairs: [{ label: 'fox', shadowLabel: 'hare', answers: 19 }],
} as const;

const shared = {
  scope: 'projections',
  tags: ['projections'],
  path: '/v1/projections/:projection/shadow',
  params: ProjectionParams,
} as const;

export const shadowRoutes = [
  defineRoute({
    ...shared,
    method: 'PUT',
    summary: 'Ask a candidate beside the current version',
    description:
      'Callers of the name get the answers of the current version, no later than without; behind them the candidate is asked the same, and it is counted how often it would have answered otherwise. Of a request the first 64 inputs are counted, and none while an isolate compares four requests already. It holds a second projection in memory. Setting it begins the counts anew.',
    body: ShadowRequest,
    bodyExample: { version: 2 },
    errors: ['conflict'],
    responses: { 200: { description: 'What is counted now.', schema: ShadowReport, example: begun } },
    handler: (context) => {
      const { input, caller, services } = context;
      return showShadow(input.params.projection, context, (name) =>
        setShadow(caller.tenant.id, name, input.body.version, services, actOf(context)),
      );
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    summary: 'How often the candidate would answer otherwise',
    description: 'Some seconds behind the answers.',
    errors: ['conflict'],
    responses: { 200: { description: 'What was counted.', schema: ShadowReport, example } },
    handler: (context) => {
      const { input, caller, services } = context;
      return showShadow(input.params.projection, context, (name) =>
        readShadow(caller.tenant.id, name, services),
      );
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    summary: 'Ask the candidate no more',
    errors: ['conflict'],
    responses: { 200: { description: 'What was counted until now.', schema: ShadowReport, example } },
    handler: (context) => {
      const { input, caller, services } = context;
      return showShadow(input.params.projection, context, (name) =>
        endShadow(caller.tenant.id, name, services, actOf(context)),
      );
    },
  }),
];

/** Looks up which name is asked for, and shows what `ask` says of its candidate. */
async function showShadow(
  selector: string,
  { caller, services }: TenantContext,
  ask: (name: string) => Shown,
) {
  const found = await findProjection(caller.tenant.id, selector, services);
  if (!found.ok) return found;
  const shown = await ask(found.value.name);
  return shown.ok ? ok({ status: 200 as const, json: shown.value }) : shown;
}
