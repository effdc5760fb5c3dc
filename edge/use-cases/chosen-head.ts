// What choosing a head takes and comes to, whichever it is. Chooses nothing.

import type { AnsweredEnvironment, ClassificationResponse, Tier } from '#shared/contracts/classification.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { Head } from '#shared/contracts/fit.ts';
import type { CompiledHead } from '#shared/math/answer/compiled-head.ts';
import type { EnvironmentCache } from '../cache/environment-cache.ts';
import type { ModelDirectory } from '../cache/model-directory.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import type { PrototypeCache, PrototypeFailure } from '../cache/prototype-cache.ts';
import type { EnvironmentStore } from '../stores/environment-store.ts';
import type { ProfileMemory } from './apply-profile.ts';
import type { FoundEnvironment } from './find-environment.ts';
import type { HeadOptions } from './head-options.ts';

export type HeadFailure =
  | PrototypeFailure
  | 'not-found'
  | 'conflict'
  | 'busy'
  | 'model-mismatch'
  | 'too-few-samples';

export type ChosenHead = {
  readonly compiled: CompiledHead;
  readonly head: Head;
  readonly labels: readonly string[];
  readonly model: ModelReference;
  readonly servedBy: Tier;
  readonly projection: ClassificationResponse['projection'];
  /** What is taken out of projected pictures in place of the head's own centre [k]. */
  readonly centre: CompiledHead['centre'] | 'none';
  readonly environment: AnsweredEnvironment | undefined;
  /** What the pictures are watched as, where a profile was named. */
  readonly watched?: WatchedAs;
};

/** A profile's id, and the labels and templates that the question brought itself. */
type WatchedAs = {
  readonly environmentId: string;
  readonly ownLabels?: readonly string[];
  readonly templates?: readonly string[];
};

export type HeadSources = {
  readonly projections: ProjectionCache;
  readonly prototypes: PrototypeCache;
  readonly modelDirectory: ModelDirectory;
  readonly defaultModel: string;
  readonly environments: EnvironmentCache;
  readonly environmentStore: Pick<EnvironmentStore, 'findWhole'>;
  readonly profileMemory: ProfileMemory;
};

/** Nothing for a projection's own source, which is what it was fitted from. */
export function watchedAs(
  { id }: FoundEnvironment,
  { labels, templates }: Pick<HeadOptions, 'labels' | 'templates'>,
): { readonly watched?: WatchedAs } {
  if (id === undefined) return {};
  const own = labels === undefined ? {} : { ownLabels: labels };
  return { watched: { environmentId: id, ...own, ...(templates === undefined ? {} : { templates }) } };
}
