// The sides a picture's answers are shown of, with what each is called.

import type { Projection } from '#shared/contracts/projection.ts';
import { strings } from '../strings.ts';
import type { Side } from './ask.ts';

export type ShownSide = { readonly side: Side; readonly name: string };

export function shownSides(
  projection: Projection | undefined,
  environment: string | undefined,
): readonly ShownSide[] {
  const clip: ShownSide = { side: 'clip', name: strings.try.sides.clip };
  if (projection === undefined) return [clip];
  const name = strings.projections.versionOf(projection.name, projection.version);
  const beside: ShownSide = { side: 'projection', name };
  return environment === undefined
    ? [clip, beside]
    : [clip, beside, { side: 'profiled', name: strings.try.withProfile(name, environment) }];
}
