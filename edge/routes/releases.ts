// Which version answers for a name, moved by hand: promoted, rolled back. What happens by itself when a version is ready is
// use-cases/judge-release.ts.

import { Projection } from '#shared/contracts/projection.ts';
import { MoveRequest } from '#shared/contracts/release.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import { findProjection } from '../use-cases/find-owned.ts';
import { type Moved, promote, rollBack } from '../use-cases/move-name.ts';
import { actOf, type TenantContext } from './data-context.ts';
import { ProjectionParams, projectionExample, showProjection } from './projections.ts';

/** Of every route that moves a name. */
export const meant = {
  description: 'What the name means now.',
  schema: Projection,
  example: projectionExample,
};

const move = {
  scope: 'projections',
  tags: ['projections'],
  method: 'POST',
  params: ProjectionParams,
  body: MoveRequest,
  bodyOptional: true,
  bodyExample: {},
  errors: ['conflict'],
  responses: { 200: meant },
} as const;

export const releaseRoutes = [
  defineRoute({
    ...move,
    path: '/v1/projections/:projection/promote',
    summary: 'Make a version current',
    description:
      'Whatever it is worth: `name@version` or an id becomes what the bare name means, at once here and within 5 seconds everywhere. With `from` only where the name means that version now. A pinned name stays pinned.',
    handler: (context) => {
      const { input, caller, services } = context;
      return moveName(input.params.projection, context, (found) =>
        promote(caller.tenant.id, found, input.body, services, actOf(context)),
      );
    },
  }),
  defineRoute({
    ...move,
    path: '/v1/projections/:projection/rollback',
    summary: 'Go back to the version before',
    description:
      'The name means what it meant before, at once here and within 5 seconds everywhere; again, and it is the one before that. With `from` only where the name means that version now, so that a request that is repeated does not go back twice.',
    handler: (context) => {
      const { input, caller, services } = context;
      return moveName(input.params.projection, context, ({ name }) =>
        rollBack(caller.tenant.id, name, input.body, services, actOf(context)),
      );
    },
  }),
];

/** Looks the version up that is asked for, and shows what its name means once `move` has moved it. */
export async function moveName(
  selector: string,
  { caller, services }: TenantContext,
  move: (found: ProjectionRecord) => Moved,
) {
  const { id: tenantId } = caller.tenant;
  const found = await findProjection(tenantId, selector, services);
  if (!found.ok) return found;
  const moved = await move(found.value);
  if (!moved.ok) return moved;
  return ok({ status: 200 as const, json: await showProjection(tenantId, moved.value, services) });
}
