// POST /v1/classifications: reads the four forms of the body into inputs; use-cases/classify.ts does the rest.

import type { AppError } from '#shared/app-error.ts';
import {
  ClassificationQuery,
  ClassificationRequest,
  ClassificationResponse,
} from '#shared/contracts/classification.ts';
import { maxJsonBodyBytes, maxPictureBytes } from '#shared/contracts/limits.ts';
import { ok, type Result } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { type ClassifyRequest, classifyInputs } from '../use-cases/classify.ts';
import { askingOf, embedSources } from './data-context.ts';
import {
  type GivenInputs,
  inputErrors,
  inputTypes,
  type RawFailure,
  readInputsWith,
  toInput,
} from './inputs.ts';

/** A cat of 24 x 24 pixels, so that the example works wherever it is tried. */
export const exampleImage =
  'iVBORw0KGgoAAAANSUhEUgAAABgAAAAYAgMAAACdGdVrAAAADFBMVEX8tQ///vz515ercDq+CGeRAAAACXBIWXMAAAsTAAALEwEAmpwYAAAAbElEQVQI103LvQmAQBQD4Ki84gYQrIUDx7Ewz58rdBQbdxFc4sCFHEHvWWiaD0ICWsBBy0RbeaMWI98SC4wVokR/Rjd4hAJOBeGE4wYW8JS0bHYPdgBKI6eRfegL8Rwf4mFc4YfG+WWSVI4kb2WfJs3LN+5PAAAAAElFTkSuQmCC';

const examples = {
  request: {
    labels: ['cat', 'dog'],
    inputs: [{ image: exampleImage }, { url: 'https://pictures.example/cat.png' }],
    topK: 2,
  },
  answer: {
    model: 'nano-clip',
    head: 'zero-shot',
    servedBy: 'memory',
    scoring: 'softmax',
    results: [
      {
        index: 0,
        label: 'cat',
        probability: 0.93,
        abstained: false,
        predictions: [
          { label: 'cat', probability: 0.93, score: 0.31 },
          { label: 'dog', probability: 0.07, score: 0.28 },
        ],
        embedding: 'worker',
        sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
      },
      {
        index: 1,
        error: { status: 422, code: 'unfetchable-url', detail: 'It could not be reached, or may not be.' },
      },
    ],
  },
};

export const classificationRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/classifications',
    frequent: true,
    scope: 'classify',
    summary: 'Classify pictures or embeddings',
    description:
      'By a projection, or by plain CLIP with labels of your own. Send JSON, one picture as the body (`image/*`), little-endian float32 embeddings (`application/octet-stream`), or a form with files named `image`; the options of the latter three stand in the query, those of a form also in its fields. Of several inputs each has its own answer or error; where all fail for one reason, that is the answer.',
    tags: ['classifications'],
    query: ClassificationQuery,
    body: ClassificationRequest,
    bodyExample: examples.request,
    raw: inputTypes,
    maxBodyBytes: maxPictureBytes,
    maxJsonBytes: maxJsonBodyBytes,
    responses: {
      200: {
        description: 'One result an input, in order.',
        schema: ClassificationResponse,
        example: examples.answer,
      },
    },
    errors: [...inputErrors, 'too-few-samples', 'invalid-artefact'],
    handler: async (context) => {
      const { body, raw, query } = context.input;
      const enteredMs = performance.now();
      const request =
        body === undefined
          ? withOptions(query, await readInputsWith(ClassificationQuery, raw))
          : ok(fromJson(body));
      if (!request.ok) return request;
      const { timing } = context;
      const isOfPictures = bringsPictures(request.value);
      if (isOfPictures) timing.add('limits', enteredMs - timing.startedMs);
      const startedMs = isOfPictures ? timing.since('body', enteredMs) : performance.now();
      const earlierMs = timing.sumMs();
      const asking = askingOf(context);
      const answering = classifyInputs(request.value, asking, embedSources(context));
      const answer = answering instanceof Promise ? await answering : answering;
      if (!answer.ok) return answer;
      // What its parts have not said of themselves.
      const restMs = performance.now() - startedMs - (timing.sumMs() - earlierMs);
      timing.add('classify', restMs, answer.value.servedBy);
      if (isOfPictures) timing.since('total', timing.startedMs);
      return ok({ status: 200, json: answer.value });
    },
  }),
];

function bringsPictures({ inputs }: ClassifyRequest): boolean {
  return !(inputs instanceof Float32Array) && inputs[0]?.kind !== 'embedding';
}

/** The options are those fields of the body that are not the inputs; nothing is gained by a copy without these. */
function fromJson(body: ClassificationRequest): ClassifyRequest {
  return { options: body, inputs: body.inputs.map(toInput) };
}

/** What a form says goes before what the query says. */
function withOptions(
  options: ClassificationQuery,
  read: Result<GivenInputs<Partial<ClassificationQuery>>, AppError<RawFailure>>,
): Result<ClassifyRequest, AppError<RawFailure>> {
  if (!read.ok) return read;
  const { inputs, given } = read.value;
  return ok({ options: { ...options, ...given }, inputs });
}
