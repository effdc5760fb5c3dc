// /v1/aliases: which version a bare name means. Publishing moves it; pointing it at a version pins it there.

import { z } from 'zod';
import { ResourceName } from '#shared/contracts/common.ts';
import { AliasRequest, Projection } from '#shared/contracts/projection.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { pointAlias, releaseAlias } from '../use-cases/change-projection.ts';
import { projectionExample, showProjection } from './projections.ts';

const AliasParams = z.object({ name: ResourceName });

const AliasList = z.object({
  items: z.array(z.object({ name: ResourceName, version: z.int(), pinned: z.boolean() })),
});

const shared = { scope: 'projections', tags: ['projections'] } as const;
const projection = {
  description: 'What the name means now.',
  schema: Projection,
  example: projectionExample,
};

export const aliasRoutes = [
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/aliases',
    summary: 'List what names mean',
    responses: {
      200: {
        description: 'All aliases, by name.',
        schema: AliasList,
        example: { items: [{ name: 'camera-traps', version: 1, pinned: false }] },
      },
    },
    handler: async ({ caller, services }) => {
      const items = await services.projections.aliases(caller.tenant.id);
      return ok({ status: 200, json: { items: [...items] } });
    },
  }),
  defineRoute({
    ...shared,
    method: 'PUT',
    path: '/v1/aliases/:name',
    summary: 'Point a name at a version',
    description: 'At once here, within 5 seconds everywhere. Later fits no longer move the name.',
    params: AliasParams,
    body: AliasRequest,
    bodyExample: { version: 1 },
    errors: ['conflict'],
    responses: { 200: projection },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId } = caller.tenant;
      const pointed = await pointAlias(tenantId, input.params.name, input.body.version, services, nowMs);
      if (!pointed.ok) return pointed;
      return ok({ status: 200, json: await showProjection(tenantId, pointed.value, services) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/aliases/:name',
    summary: 'Let a name follow its newest version again',
    params: AliasParams,
    responses: { 200: projection },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId } = caller.tenant;
      const released = await releaseAlias(tenantId, input.params.name, services, nowMs);
      if (!released.ok) return released;
      return ok({ status: 200, json: await showProjection(tenantId, released.value, services) });
    },
  }),
];
