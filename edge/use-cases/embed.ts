// Embeddings of texts and pictures, plain or projected, of one request. Knows neither HTTP nor how numbers are written.

import { type AppError, appError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { centreOf, project } from '#shared/math/answer/classify.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { GpuWorkerClient } from '../clients/gpu-worker.ts';
import type { EncodeFailure } from '../clients/worker-call.ts';
import { type Asking, type HeadFailure, type HeadSources, invalid } from './choose-head.ts';
import { type EmbedSources, embedInputs, type Input, type InputFailure } from './embed-inputs.ts';

export type TextOrPicture = { readonly kind: 'text'; readonly text: string } | Input;

export type EmbedRequest = {
  readonly model: string | undefined;
  readonly projection: string | undefined;
  /** What the caller thinks an answer's length is. */
  readonly dimensions: number | undefined;
  readonly inputs: readonly TextOrPicture[];
};

export type EmbedAnswer = {
  readonly model: string;
  /** Unit rows, in the order of the inputs. */
  readonly rows: readonly Float32Array[];
  readonly tokens: number;
};

type Sources = HeadSources & EmbedSources & { readonly worker: Pick<GpuWorkerClient, 'encodeTexts'> };

type Target = {
  readonly model: ModelReference;
  readonly dimension: number;
  readonly length: number;
  readonly finish: (row: Float32Array, isText: boolean) => Float32Array;
};

/** Fails with the first input that does: OpenAI's shape has no place for errors of single inputs. */
export async function embedAll(
  request: EmbedRequest,
  asking: Asking,
  sources: Sources,
): Promise<Result<EmbedAnswer, AppError<Exclude<HeadFailure, 'too-few-samples'> | InputFailure>>> {
  const target = await findTarget(request, asking, sources);
  if (!target.ok) return target;
  const { model, length, dimension, finish } = target.value;
  if (request.dimensions !== undefined && request.dimensions !== length) {
    return err(invalid('/dimensions', `The embeddings have ${length} dimensions.`));
  }
  const texts = request.inputs.flatMap((input) => (input.kind === 'text' ? [input.text] : []));
  const pictures = request.inputs.flatMap((input) => (input.kind === 'text' ? [] : [input]));
  const pointerOf = (index: number) => `/input/${index}`;
  const [encoded, embedded] = await Promise.all([
    encodeTexts(texts, model, asking, sources),
    embedInputs(pictures, { model, dimension, pointerOf }, asking, sources),
  ]);
  if (!encoded.ok) return encoded;
  const failure = embedded.find((result) => !result.ok);
  if (failure !== undefined && !failure.ok) return failure;
  const pictureRows = embedded.flatMap((result) => (result.ok ? [result.value.embedding] : []));
  let [text, picture] = [0, 0];
  const rows = request.inputs.map((input) => {
    const isText = input.kind === 'text';
    const row = isText
      ? encoded.value.embeddings.subarray(text * dimension, ++text * dimension)
      : (pictureRows[picture++] ?? new Float32Array(dimension));
    return finish(row, isText);
  });
  return ok({ model: model.id, rows, tokens: encoded.value.tokens });
}

async function findTarget(
  { model, projection: selector }: EmbedRequest,
  { tenantId, later, nowMs }: Asking,
  { projections, modelDirectory, defaultModel }: Sources,
): Promise<Result<Target, AppError<Exclude<HeadFailure, 'too-few-samples'>>>> {
  if (selector === undefined) {
    const described = await modelDirectory.describe(model ?? defaultModel, nowMs);
    if (!described.ok) return described;
    const { reference, embeddingDimension: dimension } = described.value;
    return ok({ model: reference, dimension, length: dimension, finish: (row) => row });
  }
  const found = await projections.get(tenantId, selector, later, nowMs);
  if (!found.ok) return found;
  const { header, heads, textMean } = found.value.projection;
  const { model: fittedFor, embeddingDimension: dimension } = header;
  if (model !== undefined && model !== fittedFor.id) {
    return err(invalid('/model', `The projection was fitted for ${fittedFor.id}.`));
  }
  const compiled = heads[0]?.unprofiled.compiled;
  if (compiled === undefined) throw new Error('a projection has at least one head');
  // A text is centred among the labels that it stands beside; alone it has none, but for the first format's own mean.
  const textCentre = textMean === undefined ? 'none' : centreOf(compiled, textMean);
  const finish = (row: Float32Array, isText: boolean) =>
    project(compiled, row, 1, isText ? textCentre : compiled.centre).slice();
  return ok({ model: fittedFor, dimension, length: compiled.dimension, finish });
}

async function encodeTexts(
  texts: readonly string[],
  model: ModelReference,
  { context, charge, count }: Asking,
  { worker }: Sources,
): Promise<
  Result<
    { embeddings: Float32Array; tokens: number },
    AppError<EncodeFailure | 'model-mismatch' | 'quota-exceeded'>
  >
> {
  if (texts.length === 0) return ok({ embeddings: new Float32Array(0), tokens: 0 });
  const encoded = await charge({ texts: texts.length }, () =>
    worker.encodeTexts({ model: model.id, texts: [...texts] }, context),
  );
  if (!encoded.ok) return encoded;
  count('textsEncoded', texts.length);
  if (encoded.value.model.revision !== model.revision) {
    return err(appError('model-mismatch', `The encoder now has another revision of ${model.id}.`));
  }
  return encoded;
}
