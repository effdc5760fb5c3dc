// The picture that is shown first, and why.

import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import type { Side } from './ask.ts';

export type Lead = {
  readonly picture: string;
  readonly variant: PictureInterventionName;
  /** The side that holds there; absent where there is plain CLIP alone, and its answer flips. */
  readonly holds: Side | undefined;
};
