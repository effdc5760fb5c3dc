// /v1/environments: profiles of the places that pictures come from, made of a few pictures without labels.

import { z } from 'zod';
import { ClassificationInput } from './classification.ts';
import { Label, ModelName, ModelReference, pageOf, Timestamp } from './common.ts';
import { Job } from './job.ts';
import { maxInputs } from './limits.ts';

/** Any name without a colon: `projection:source` means a projection's own source. */
export const EnvironmentName = Label.refine((name) => !/[:/]/.test(name), 'no ":" and no "/"');

/** All pictures of one environment of a dataset, encoded by a job. */
export const FromDataset = z.strictObject({
  /** Name or id. */
  dataset: z.string().min(1).max(80),
  environment: Label,
});
export type FromDataset = z.infer<typeof FromDataset>;

const Inputs = z.array(ClassificationInput).min(1).max(maxInputs);

const oneOfThem = 'either `inputs` or `from`';

export const EnvironmentCreate = z
  .strictObject({
    name: EnvironmentName,
    /** Default the server's model. */
    model: ModelName.optional(),
    inputs: Inputs.optional(),
    from: FromDataset.optional(),
  })
  .refine(({ inputs, from }) => (inputs === undefined) !== (from === undefined), oneOfThem);
export type EnvironmentCreate = z.infer<typeof EnvironmentCreate>;

export const EnvironmentAddition = z
  .strictObject({ inputs: Inputs.optional(), from: FromDataset.optional() })
  .refine(({ inputs, from }) => (inputs === undefined) !== (from === undefined), oneOfThem);
export type EnvironmentAddition = z.infer<typeof EnvironmentAddition>;

export const EnvironmentRemoval = z.strictObject({ inputs: Inputs });
export type EnvironmentRemoval = z.infer<typeof EnvironmentRemoval>;

/** What a body that is not JSON leaves to the query; a JSON body names both itself. */
export const EnvironmentQuery = z.strictObject({
  name: EnvironmentName.optional(),
  model: ModelName.optional(),
});

export const Environment = z.object({
  name: z.string(),
  model: ModelReference,
  pictures: z.int().min(0),
  /** One more with every change; 0 for a source of a projection, which never changes. */
  revision: z.int().min(0),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Environment = z.infer<typeof Environment>;
export const EnvironmentPage = pageOf(Environment);

/** How a profile looks to a projection: `GET /v1/environments/{environment}?projection=`. */
export const EnvironmentFit = z.object({
  projection: z.object({ id: z.string(), name: z.string(), version: z.int() }),
  /** Of each head's profiled mode. */
  heads: z.array(
    z.object({
      head: z.string(),
      mode: z.enum(['profiled', 'unused']),
      /** Effective number of classes that the profile's kept pictures are answered with. */
      answeredClasses: z.number().optional(),
      /** What as many pictures of the sources would show. */
      sourceClasses: z.number().optional(),
      skewed: z.boolean(),
      /**
       * How far the profile's mean lies from each source's, in standard errors of a mean of as many pictures, along the directions
       * that the head keeps and along those it drops.
       */
      distances: z.array(z.object({ source: z.string(), kept: z.number(), dropped: z.number().optional() })),
    }),
  ),
});
export type EnvironmentFit = z.infer<typeof EnvironmentFit>;

export const EnvironmentDetail = Environment.extend({ fit: EnvironmentFit.optional() });
export type EnvironmentDetail = z.infer<typeof EnvironmentDetail>;

/** Inputs that could not be used are listed; the others count. */
export const EnvironmentChanged = Environment.extend({
  used: z.int().min(0),
  failures: z.array(z.object({ index: z.int(), code: z.string(), detail: z.string() })),
});
export type EnvironmentChanged = z.infer<typeof EnvironmentChanged>;

export const EnvironmentAccepted = z.object({ job: Job });
