// /v1/aliases: which version a bare name means. Publishing moves it; pointing it at a version pins it there.

import { z } from 'zod';
import { ResourceName } from '#shared/contracts/common.ts';
import { AliasRequest } from '#shared/contracts/projection.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { letGo, promote } from '../use-cases/move-name.ts';
import { actOf } from './data-context.ts';
import { showProjection } from './projections.ts';
import { meant, moveName } from './releases.ts';

const AliasParams = z.object({ name: ResourceName });

const AliasList = z.object({
  items: z.array(
    z.object({
      name: ResourceName,
      version: z.int(),
      pinned: z.boolean(),
      /** The candidate that is asked beside it. */
      shadow: z.int().optional(),
    }),
  ),
});

const shared = { scope: 'projections', tags: ['projections'] } as const;

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
      const aliases = await services.releases.list(caller.tenant.id);
      const items = aliases.map(({ shadow, ...alias }) =>
        shadow === undefined ? alias : { ...alias, shadow },
      );
      return ok({ status: 200, json: { items } });
    },
  }),
  defineRoute({
    ...shared,
    method: 'PUT',
    path: '/v1/aliases/:name',
    summary: 'Point a name at a version',
    description:
      'At once here, within 5 seconds everywhere. Pinned there: later fits no longer move the name.',
    params: AliasParams,
    body: AliasRequest,
    bodyExample: { version: 1 },
    errors: ['conflict'],
    responses: { 200: meant },
    handler: (context) => {
      const { input, caller, services } = context;
      return moveName(`${input.params.name}@${input.body.version}`, context, (found) =>
        promote(caller.tenant.id, found, { pinned: true }, services, actOf(context)),
      );
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/aliases/:name',
    summary: 'Let a name follow its versions again',
    description:
      'The pin is taken off, and the newest version answers where it is not below the present one by more than the error.',
    params: AliasParams,
    errors: ['conflict'],
    responses: { 200: meant },
    handler: async (context) => {
      const { input, caller, services } = context;
      const { id: tenantId } = caller.tenant;
      const released = await letGo(tenantId, input.params.name, services, actOf(context));
      if (!released.ok) return released;
      return ok({ status: 200, json: await showProjection(tenantId, released.value, services) });
    },
  }),
];
