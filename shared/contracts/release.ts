// Which version of a name answers, and why: what is decided when a version is made, and what is done by hand.

import { z } from 'zod';
import { Head } from './fit.ts';
import { ModeName } from './fit-report.ts';

/** `auto`: current where it is not below the present version by more than the error; `current`: whatever it is worth. */
export const ReleaseWish = z.enum(['auto', 'current', 'candidate']);
export type ReleaseWish = z.infer<typeof ReleaseWish>;

/** Class-balanced accuracies on sources left out, the new version's less the present one's; shares, not points. */
export const ReleaseComparison = z.object({
  mode: ModeName,
  /** Pictures of shared sources and labels. */
  pictures: z.int().min(0),
  difference: z.number(),
  /** Of `difference`, over pictures. */
  standardError: z.number(),
  sources: z.array(
    z.object({
      name: z.string(),
      pictures: z.int().min(0),
      /** Whether the same pictures were answered by both. */
      paired: z.boolean(),
      difference: z.number(),
      standardError: z.number(),
    }),
  ),
});
export type ReleaseComparison = z.infer<typeof ReleaseComparison>;

/** What was decided of a version when it became ready. */
export const ReleaseVerdict = z.object({
  released: z.boolean(),
  /** In words, a sentence or two. */
  reason: z.string(),
  /** The version that it was held against, if any. */
  against: z.int().min(1).optional(),
  head: Head.optional(),
  labels: z.object({ shared: z.int(), present: z.int(), candidate: z.int() }).optional(),
  comparisons: z.array(ReleaseComparison).optional(),
});
export type ReleaseVerdict = z.infer<typeof ReleaseVerdict>;

/**
 * `current`: its name means it; `candidate`: it has never been meant; `past`: it was once. With what was decided when it was
 * made, except of versions from before anything was.
 */
export const ReleaseState = z.object({
  state: z.enum(['current', 'candidate', 'past']),
  /** When it last became what its name means. */
  releasedAt: z.iso.datetime().optional(),
  ...ReleaseVerdict.omit({ released: true }).partial().shape,
});
export type ReleaseState = z.infer<typeof ReleaseState>;

/** `from`: the version that the name must mean now, so that two who act at once do not undo each other. */
export const MoveRequest = z.strictObject({ from: z.int().min(1).optional() });
export type MoveRequest = z.infer<typeof MoveRequest>;
