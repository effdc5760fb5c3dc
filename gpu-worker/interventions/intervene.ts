// Which interventions a picture gets and with what randomness. What they do to pixels is shared/pixels, which the console
// uses too.

import type {
  InterventionsPerPicture,
  PictureIntervention,
  PictureInterventionName,
} from '#shared/contracts/intervention.ts';
import { applyIntervention } from '#shared/pixels/apply-intervention.ts';
import type { Pixels } from '#shared/pixels/pixels.ts';
import { seededRandom } from './random.ts';

/** Whose randomness: a seed of the caller and the SHA-256 of the picture's file. */
export type InterventionSeed = { readonly seed: number; readonly contentSha256: string };

/** Writes the intervened pixels of `picture` to `target` (same length; may be the picture's own buffer). */
export function intervene(
  picture: Pixels,
  target: Uint8Array,
  intervention: PictureIntervention,
  { seed, contentSha256 }: InterventionSeed,
): void {
  applyIntervention(picture, target, intervention, () =>
    seededRandom(seed, contentSha256, intervention.name),
  );
}

/**
 * The indices of the interventions a picture gets: all, or the m with the smallest seeded draw, in the order listed. Which
 * ones does not depend on the order of the list.
 */
export function chooseInterventions(
  names: readonly PictureInterventionName[],
  perPicture: InterventionsPerPicture,
  { seed, contentSha256 }: InterventionSeed,
): number[] {
  const indices = names.map((_, index) => index);
  if (perPicture === 'all' || perPicture >= names.length) return indices;
  const draws = names.map((name) => seededRandom(seed, contentSha256, `choose ${name}`)());
  return indices
    .toSorted((a, b) => (draws[a] as number) - (draws[b] as number))
    .slice(0, perPicture)
    .toSorted((a, b) => a - b);
}
