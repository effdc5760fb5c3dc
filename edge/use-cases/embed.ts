// Embeddings of texts and pictures, plain or projected, of one request. Knows neither HTTP nor how numbers are written.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { project } from '#shared/math/answer/classify.ts';
import { centreOf } from '#shared/math/answer/compiled-head.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { GpuWorkerClient } from '../clients/gpu-worker.ts';
import { multiplyingMs } from '../limits/thread-work.ts';
import type { Asking } from './asking.ts';
import type { HeadFailure, HeadSources } from './chosen-head.ts';
import { embedInputs } from './embed-inputs.ts';
import { embedTexts, type Text } from './embed-texts.ts';
import type { EmbeddedResult, EmbedSources, Input, InputFailure } from './embedded.ts';
import { invalid } from './head-options.ts';
import type { AskingForPictures } from './hold-pictures.ts';
import { inSteps } from './row-steps.ts';

export type TextOrPicture = { readonly kind: 'text'; readonly text: Text } | Input;

/** Nothing is centred on a profile here, so none can be too small. */
type TargetFailure = Exclude<HeadFailure, 'too-few-samples'>;
export type EmbedFailure = TargetFailure | InputFailure;

export type EmbedRequest = {
  readonly model: string | undefined;
  readonly projection: string | undefined;
  /** What the caller thinks an answer's length is. */
  readonly dimensions: number | undefined;
  readonly failsAlone: boolean;
  readonly inputs: readonly TextOrPicture[];
};

export type EmbedAnswer = {
  readonly model: string;
  /** In the order of the inputs, without those that failed. */
  readonly rows: readonly EmbeddedRow[];
  /** Empty unless inputs fail alone. */
  readonly failures: readonly {
    readonly index: number;
    readonly error: AppError<EmbedFailure>;
  }[];
  readonly tokens: number;
};

export type EmbeddedRow = {
  /** Of the input. */
  readonly index: number;
  /** Unit length. */
  readonly row: Float32Array;
  /** Whether it is a text that had more tokens than the model's context. */
  readonly truncated: boolean;
};

type Sources = HeadSources & EmbedSources & { readonly worker: Pick<GpuWorkerClient, 'encodeTexts'> };

type Target = {
  readonly model: ModelReference;
  readonly dimension: number;
  readonly length: number;
  readonly finish: (row: Float32Array, isText: boolean) => Float32Array;
  /** Multiplications that this takes, about. */
  readonly rowProducts: number;
};

/** With `failsAlone` inputs that fail are told apart; else the first that does fails the request, and is named. */
export async function embedAll(
  request: EmbedRequest,
  asking: AskingForPictures,
  sources: Sources,
): Promise<Result<EmbedAnswer, AppError<EmbedFailure>>> {
  const target = await findTarget(request, asking, sources);
  if (!target.ok) return target;
  const { model, length, dimension, finish, rowProducts } = target.value;
  if (request.dimensions !== undefined && request.dimensions !== length) {
    return err(invalid('/dimensions', `The embeddings have ${length} dimensions.`));
  }
  const texts = request.inputs.flatMap((input) => (input.kind === 'text' ? [input.text] : []));
  const pictures = request.inputs.flatMap((input) => (input.kind === 'text' ? [] : [input]));
  const places = request.inputs.flatMap(({ kind }, index) => (kind === 'text' ? [] : [index]));
  const pointerOf = (index: number) => `/input/${places[index] ?? index}`;
  const [encoded, embedded] = await Promise.all([
    embedTexts(texts, model, sources.worker, asking),
    embedInputs(pictures, { model, dimension, pointerOf }, asking, sources),
  ]);
  if (!encoded.ok) return encoded;
  let [text, picture] = [0, 0];
  const rows: EmbeddedRow[] = [];
  const failures: { index: number; error: AppError<EmbedFailure> }[] = [];
  const { inputs } = request;
  const busy = await asking.beforeWork(multiplyingMs(inputs.length * rowProducts));
  if (busy !== undefined) return err(busy);
  for await (const { from, to } of inSteps(inputs.length, rowProducts)) {
    for (let index = from; index < to; index++) {
      const isText = inputs[index]?.kind === 'text';
      const truncated = isText && encoded.value.truncated.has(text);
      const found = isText ? encoded.value.rows[text++] : rowOf(embedded[picture++]);
      if (found === undefined) throw new Error('every input has a row or an error');
      if (found.ok) rows.push({ index, row: finish(found.value, isText), truncated });
      else failures.push({ index, error: namingInput(found.error, index) });
    }
  }
  const [failure] = failures;
  if (failure !== undefined && (!request.failsAlone || rows.length === 0)) return err(failure.error);
  return ok({ model: model.id, rows, failures, tokens: encoded.value.tokens });
}

function rowOf(result: EmbeddedResult | undefined) {
  return result?.ok ? ok(result.value.embedding) : result;
}

/** Errors of single inputs say which, unless they do already. */
function namingInput<Code extends AppErrorCode>(error: AppError<Code>, index: number): AppError<Code> {
  const errors = error.errors ?? [{ pointer: `/input/${index}`, message: error.detail }];
  return { ...error, errors };
}

async function findTarget(
  { model, projection: selector }: EmbedRequest,
  { tenantId, later, nowMs }: Asking,
  { projections, modelDirectory, defaultModel }: Sources,
): Promise<Result<Target, AppError<TargetFailure>>> {
  if (selector === undefined) {
    const described = await modelDirectory.describe(model ?? defaultModel, nowMs);
    if (!described.ok) return described;
    const { reference, embeddingDimension: dimension } = described.value;
    return ok({
      model: reference,
      dimension,
      length: dimension,
      finish: (row) => row,
      rowProducts: dimension,
    });
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
  const { dimension: length } = compiled;
  return ok({ model: fittedFor, dimension, length, finish, rowProducts: length * dimension });
}
