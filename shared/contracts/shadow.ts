// A candidate that is asked beside the current version of a name: callers get the current version's answer, and how often the
// candidate would have answered otherwise is counted.

import { z } from 'zod';
import { Label, ResourceName } from './common.ts';

/** `PUT /v1/projections/{projection}/shadow`: a version of the name. */
export const ShadowRequest = z.strictObject({ version: z.int().min(1) });
export type ShadowRequest = z.infer<typeof ShadowRequest>;

export const ShadowReport = z.object({
  name: ResourceName,
  /** What answers. */
  version: z.int(),
  /** What is asked beside it. */
  shadow: z.int(),
  /** Answers that both gave; of a request at most the first 64, and none while many are being compared. */
  answers: z.int().min(0),
  /** Those in which the label differs, or one of the two abstained. */
  differing: z.int().min(0),
  /** The ten most frequent differences; a label that is absent was withheld. */
  pairs: z
    .array(z.object({ label: Label.optional(), shadowLabel: Label.optional(), answers: z.int().min(1) }))
    .max(10),
});
export type ShadowReport = z.infer<typeof ShadowReport>;
