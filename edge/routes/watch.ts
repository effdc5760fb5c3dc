// /v1/environments/{environment}/watch and /adopt: how an environment's pictures have been beside its profile, and the profile
// made anew of them.

import { Watch, WatchAdopted, WatchAdoption, WatchQuery } from '#shared/contracts/watch.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { presentEnvironment } from '../use-cases/present.ts';
import { adoptWatched } from '../use-cases/watch/adopt-watched.ts';
import { readWatch } from '../use-cases/watch/read-watch.ts';
import { askingOf, embedSources, type TenantContext } from './data-context.ts';
import { EnvironmentParams } from './environments.ts';

const steady = {
  day: '2026-11-05',
  pictures: 1840,
  abstained: 0.02,
  topLabels: [
    { label: 'cat', share: 0.41 },
    { label: 'dog', share: 0.33 },
  ],
  open: false,
  profileRevision: 1,
  drift: {
    kept: { drift: 0.4, standardError: 1, shift: 0.02 },
    dropped: { drift: -0.6, standardError: 1, shift: 0 },
  },
  raised: false,
};
const watchExample = {
  environment: 'north-gate',
  profileRevision: 1,
  threshold: 5,
  state: 'drifted' as const,
  since: '2026-11-06',
  series: [
    {
      projection: { id: 'prj_2QbZ8yW6kLmN4pRs', name: 'wildlife', version: 3 },
      head: 'zero-shot' as const,
      labels: 12,
      ownLabels: false,
      state: 'drifted' as const,
      since: '2026-11-06',
      days: [
        steady,
        {
          ...steady,
          day: '2026-11-06',
          pictures: 1795,
          drift: {
            kept: { drift: 11.2, standardError: 1.4, shift: 0.48 },
            dropped: { drift: 6.3, standardError: 1.2, shift: 0.21 },
          },
          raised: true,
        },
      ],
    },
  ],
};
const adoptedExample = {
  name: 'north-gate',
  model: { id: 'nano-clip', revision: '7d8f2a5c0b1e4936a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4' },
  pictures: 1795,
  revision: 2,
  createdAt: '2026-11-04T09:30:00.000Z',
  updatedAt: '2026-11-07T08:00:00.000Z',
  adopted: { from: '2026-11-06', to: '2026-11-07', pictures: 1795 },
};

const shared = { tags: ['environments'], params: EnvironmentParams } as const;

export const watchRoutes = [
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/environments/:environment/watch',
    scope: ['projections', 'classify'],
    summary: 'See how an environment’s pictures have been, day by day',
    description:
      'Of every classification that names the environment the edge keeps sums by day (no picture, no embedding). The drift is the distance of the day’s mean from the profile’s in standard errors, about 0 ± 1 where nothing has changed; what another mix of answered labels explains is not part of it. A day above `threshold` is raised when it is over, and told once a drift as the event `environment.drifted`. With `projection`: only what that one answered.',
    query: WatchQuery,
    errors: ['not-found'] as const,
    responses: { 200: { description: 'What was watched.', schema: Watch, example: watchExample } },
    handler: async (context) => {
      const { environment: name } = context.input.params;
      const { days, projection } = context.input.query;
      const watch = await readWatch({ name, days, projection }, askingOf(context), sourcesOf(context));
      return watch.ok ? ok({ status: 200, json: watch.value }) : watch;
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/environments/:environment/adopt',
    scope: 'projections',
    summary: 'Make the profile of what was watched',
    description:
      'The sums of some days become the profile’s content, in place of what it was made of. Its kept embeddings go, since no watched picture was kept: until pictures are added, nothing is said of skew.',
    body: WatchAdoption,
    bodyExample: {},
    creates: true,
    errors: ['not-found', 'conflict'] as const,
    responses: {
      200: { description: 'The profile as it is now.', schema: WatchAdopted, example: adoptedExample },
    },
    handler: async (context) => {
      const { params, body } = context.input;
      const request = { name: params.environment, ...body };
      const made = await adoptWatched(request, askingOf(context), sourcesOf(context));
      if (!made.ok) return made;
      const { environment, adopted } = made.value;
      return ok({ status: 200, json: { ...presentEnvironment(environment), adopted } });
    },
  }),
];

function sourcesOf(context: TenantContext) {
  const { environmentStore, watchStore, watchRecorder, environments, deliveries, startDelivery } =
    context.services;
  const stores = { environmentStore, watchStore, watchRecorder, environments };
  return { ...stores, deliveries, startDelivery, heads: embedSources(context) };
}
