// What answers are computed from, out of everything that an isolate has. Apart from services.ts, so that routes can be read without
// what only a bundle can load.

import type { Services } from './services.ts';
import type { HeadSources } from './use-cases/chosen-head.ts';

/** What choosing a head takes of the services, under the names that a use case has for them. */
export function headSources(services: Services): HeadSources {
  return {
    projections: services.projectionCache,
    prototypes: services.prototypes,
    modelDirectory: services.modelDirectory,
    defaultModel: services.defaultModel,
    environments: services.environments,
    environmentStore: services.environmentStore,
    profileMemory: services.profileMemory,
  };
}
