// POST /v1/classifications: which label each picture or embedding has, by a projection or by plain CLIP.
//
// JSON body: ClassificationRequest. A raw picture (`image/*`), float32 embeddings (`application/octet-stream`) or a
// multipart form (files in `image`) carry the same options as query parameters: ClassificationQuery.

import { z } from 'zod';
import { distinctLabels, ModelName, Sha256 } from './common.ts';
import { EstimatorName, Head } from './fit.ts';
import { Template } from './intervention.ts';
import { maxInputs } from './limits.ts';
import { PictureAddress, PictureBase64 } from './picture-input.ts';
import { ItemError } from './problem.ts';

/** `name` (what its alias points at), `name@3`, or an id. */
export const ProjectionSelector = z
  .string()
  .regex(
    /^(?:[a-z0-9][a-z0-9._-]{0,62}(?:@[1-9][0-9]{0,8})?|prj_[0-9a-zA-Z]{16,32})$/,
    'name, name@version or id',
  );

/**
 * The name of a profile, or `projection:source` for one of a projection's own sources (`projection` as in ProjectionSelector).
 */
export const EnvironmentSelector = z.string().trim().min(1).max(300);

const maxEmbeddingLength = 8192;

/**
 * Finite numbers only: JSON has no NaN, but `1e999` parses to Infinity. Checked in one pass, because z.array looks at every
 * number by itself and would take longer than the classification; the JSON Schema beside it says the same.
 */
const EmbeddingVector = z
  .custom<number[]>()
  .superRefine((vector, context) => {
    const fault = vectorFault(vector);
    if (fault !== undefined) context.addIssue({ code: 'custom', input: vector, ...fault });
  })
  .meta({ type: 'array', items: { type: 'number' }, minItems: 1, maxItems: maxEmbeddingLength });

function vectorFault(vector: unknown): { readonly message: string; readonly path?: [number] } | undefined {
  if (!Array.isArray(vector)) return { message: 'expected an array of numbers' };
  if (vector.length === 0 || vector.length > maxEmbeddingLength) {
    return { message: `expected 1 to ${maxEmbeddingLength} numbers` };
  }
  let isZero = true;
  for (let index = 0; index < vector.length; index++) {
    if (!Number.isFinite(vector[index])) return { message: 'expected a finite number', path: [index] };
    if (vector[index] !== 0) isZero = false;
  }
  return isZero ? { message: 'not all zeros' } : undefined;
}

export const ClassificationInput = z.union([
  z.strictObject({ embedding: EmbeddingVector }),
  z.strictObject({ image: PictureBase64 }),
  z.strictObject({ url: PictureAddress }),
  /** A picture this tenant has uploaded or classified before. */
  z.strictObject({ sha256: Sha256 }),
]);
export type ClassificationInput = z.infer<typeof ClassificationInput>;

/** How to answer: of a single classification and of a batch alike. */
export const classificationOptions = {
  /** Absent: plain CLIP, which needs `labels`. */
  projection: ProjectionSelector.optional(),
  /** Plain CLIP only; default the server's model. */
  model: ModelName.optional(),
  labels: distinctLabels(1000).optional(),
  templates: z.array(Template).min(1).max(100).optional(),
  head: Head.optional(),
  /** Where the pictures come from; its profile's mean is taken out of them. Plain CLIP is centred only where this is asked for. */
  environment: EnvironmentSelector.optional(),
  /** How far to go from the sources' mean to the environment's: 0 to 2. */
  strength: z.number().min(0).max(2).default(1),
  /** Plain CLIP with an environment: shrink its mean towards that of the tenant's other profiles, or not at all. */
  reference: z.enum(['profiles', 'none']).default('profiles'),
  topK: z.int().min(1).max(1000).default(5),
  /** Answers whose best probability is below this are marked `abstained`. */
  abstainBelow: z.number().min(0).max(1).default(0),
};

export const ClassificationRequest = z.strictObject({
  ...classificationOptions,
  inputs: z.array(ClassificationInput).min(1).max(maxInputs),
});
export type ClassificationRequest = z.infer<typeof ClassificationRequest>;
export type ClassificationOptions = Omit<ClassificationRequest, 'inputs'>;

/** The options in a query string: lists repeat the parameter (`labels=cat&labels=dog`). */
export const ClassificationQuery = z.strictObject({
  projection: classificationOptions.projection,
  model: classificationOptions.model,
  labels: classificationOptions.labels,
  templates: classificationOptions.templates,
  head: classificationOptions.head,
  environment: classificationOptions.environment,
  strength: z.coerce.number().min(0).max(2).default(1),
  reference: classificationOptions.reference,
  topK: z.coerce.number().int().min(1).max(1000).default(5),
  abstainBelow: z.coerce.number().min(0).max(1).default(0),
});
export type ClassificationQuery = z.infer<typeof ClassificationQuery>;

/** Where the embedding came from: the request, a picture seen before, or the worker. */
export const EmbeddingSource = z.enum(['request', 'memory', 'storage', 'worker']);
export type EmbeddingSource = z.infer<typeof EmbeddingSource>;

/** Which tier served the projection (or, for plain CLIP, the text prototypes). */
export const Tier = z.enum(['memory', 'cache', 'storage', 'worker']);
export type Tier = z.infer<typeof Tier>;

export const Prediction = z.object({
  label: z.string(),
  /** By the answer's `scoring`. */
  probability: z.number(),
  /** Cosine between the projected picture and the label's projected prototype. */
  score: z.number(),
});
export type Prediction = z.infer<typeof Prediction>;

export const ClassificationResult = z.union([
  z.object({
    index: z.int(),
    /** The best label, also where abstained. */
    label: z.string(),
    probability: z.number(),
    abstained: z.boolean(),
    predictions: z.array(Prediction),
    embedding: EmbeddingSource,
    /** Of the picture; name it instead of sending the bytes again. */
    sha256: Sha256.optional(),
  }),
  z.object({
    index: z.int(),
    error: ItemError,
  }),
]);
export type ClassificationResult = z.infer<typeof ClassificationResult>;

/** What of an environment's profile went into an answer. */
export const AnsweredEnvironment = z.object({
  name: z.string(),
  /** Which state of the profile answered; 0 for a projection's own source, which never changes. */
  revision: z.int().min(0),
  pictures: z.int().min(0),
  /** `unused` where the head answers best without any profile, as its report says. */
  mode: z.enum(['profiled', 'unused']),
  /** Its pictures show fewer than half as many classes as the sources do, so its mean may harm. */
  skewed: z.boolean(),
});
export type AnsweredEnvironment = z.infer<typeof AnsweredEnvironment>;

export const ClassificationResponse = z.object({
  model: z.string(),
  head: Head,
  projection: z
    .object({
      id: z.string(),
      name: z.string(),
      version: z.int(),
      estimator: EstimatorName,
      dimension: z.int(),
    })
    .optional(),
  environment: AnsweredEnvironment.optional(),
  servedBy: Tier,
  /**
   * `softmax`: probabilities over the labels asked about, which sum to 1. `sigmoid` (plain CLIP of the SigLIP family, without a
   * projection): of each label by itself, so that several may be likely, or none. A projection answers by softmax also where it
   * kept plain CLIP.
   */
  scoring: z.enum(['softmax', 'sigmoid']),
  results: z.array(ClassificationResult),
});
export type ClassificationResponse = z.infer<typeof ClassificationResponse>;
