// What a classification is answered by: a projection's head as fitted, the same projection with other labels, or plain
// CLIP with ad-hoc labels. Finds it in the caches; classifies nothing.

import { type AppError, appError } from '#shared/app-error.ts';
import type {
  ClassificationOptions,
  ClassificationResponse,
  Tier,
} from '#shared/contracts/classification.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { Head } from '#shared/contracts/fit.ts';
import {
  type CompiledHead,
  compileHead,
  type FittedHead,
  plainHead,
  project,
} from '#shared/math/answer/classify.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ModelDirectory } from '../cache/model-directory.ts';
import type { Found, ProjectionCache, ReadyProjection } from '../cache/projection-cache.ts';
import type { PrototypeCache, PrototypeFailure } from '../cache/prototype-cache.ts';
import type { CallContext } from '../clients/worker-call.ts';

/** A projection that is not there or not ready, or texts that cannot be encoded now. */
export type HeadFailure = PrototypeFailure | 'not-found' | 'conflict';

export type ChosenHead = {
  readonly compiled: CompiledHead;
  readonly head: Head;
  readonly labels: readonly string[];
  readonly model: ModelReference;
  readonly servedBy: Tier;
  readonly projection: ClassificationResponse['projection'];
};

/** What every step of answering a request may need: whose it is, when it is, what may be done after it. */
export type Asking = {
  readonly tenantId: string;
  readonly nowMs: number;
  readonly later: (work: Promise<unknown>) => void;
  readonly context: CallContext;
};

export type HeadSources = {
  readonly projections: ProjectionCache;
  readonly prototypes: PrototypeCache;
  readonly modelDirectory: ModelDirectory;
  readonly defaultModel: string;
};

export const defaultTemplates: readonly string[] = ['a picture of a {}'];

export type HeadOptions = Pick<
  ClassificationOptions,
  'projection' | 'model' | 'labels' | 'templates' | 'head'
>;

/** The common case, a projection as it was fitted and in memory, without waiting for anything. */
export function chooseHeadNow(
  options: HeadOptions,
  asking: Asking,
  { projections }: HeadSources,
): Result<ChosenHead, AppError<'invalid-request'>> | undefined {
  if (options.projection === undefined || options.labels !== undefined || options.templates !== undefined) {
    return undefined;
  }
  const found = projections.peek(asking.tenantId, options.projection, asking.nowMs);
  return found && asFitted(options, found);
}

export async function chooseHead(
  options: HeadOptions,
  asking: Asking,
  sources: HeadSources,
): Promise<Result<ChosenHead, AppError<HeadFailure>>> {
  if (options.projection === undefined) return choosePlainClip(options, asking, sources);
  if (options.model !== undefined) {
    return err(invalid('/model', 'A projection has its own model; leave the field out.'));
  }
  const { tenantId, later, nowMs } = asking;
  const found = await sources.projections.get(tenantId, options.projection, later, nowMs);
  if (!found.ok) return found;
  if (options.labels === undefined && options.templates === undefined) return asFitted(options, found.value);
  return withOtherLabels(options, found.value.projection, asking, sources);
}

function asFitted(
  { head }: HeadOptions,
  { projection, tier }: Found,
): Result<ChosenHead, AppError<'invalid-request'>> {
  const chosen = fittedHead(projection, head);
  const compiled = chosen && projection.heads.get(chosen.head);
  if (chosen === undefined || compiled === undefined) {
    return err(invalid('/head', `The projection has no ${head} head.`));
  }
  const { labels, model } = projection.artefact.header;
  const described = describe(projection, chosen);
  return ok({ compiled, head: chosen.head, labels, model, servedBy: tier, projection: described });
}

async function withOtherLabels(
  options: HeadOptions,
  projection: ReadyProjection,
  asking: Asking,
  { prototypes }: HeadSources,
): Promise<Result<ChosenHead, AppError<HeadFailure>>> {
  if (options.head !== undefined && options.head !== 'zero-shot') {
    return err(invalid('/head', 'Other labels or templates can only be answered by the zero-shot head.'));
  }
  const { artefact } = projection;
  const { model, embeddingDimension } = artefact.header;
  const fitted = fittedHead(projection, 'zero-shot') ?? artefact.heads[0];
  if (fitted === undefined) throw new Error(`projection ${projection.id} has no head`);
  const labels = options.labels ?? artefact.header.labels;
  const templates = options.templates ?? artefact.header.templates;
  const request = { tenantId: asking.tenantId, model, labels, templates };
  const texts = await prototypes.get(request, asking.context, asking.later, asking.nowMs);
  if (!texts.ok) return texts;
  const head: FittedHead = {
    ...zeroShot(fitted),
    prototypes: projectTexts(fitted, artefact.means?.text, texts.value.rows, embeddingDimension),
  };
  return ok({
    compiled: compileHead(head, embeddingDimension, artefact.means),
    head: 'zero-shot',
    labels,
    model,
    servedBy: texts.value.tier,
    projection: describe(projection, head),
  });
}

async function choosePlainClip(
  options: HeadOptions,
  { tenantId, context, later, nowMs }: Asking,
  { prototypes, modelDirectory, defaultModel }: HeadSources,
): Promise<Result<ChosenHead, AppError<HeadFailure>>> {
  const { labels, templates = defaultTemplates } = options;
  if (labels === undefined) {
    return err(invalid('/labels', 'Plain CLIP needs labels; or name a projection.'));
  }
  if (options.head !== undefined && options.head !== 'zero-shot') {
    return err(invalid('/head', 'Plain CLIP has only the zero-shot head.'));
  }
  const model = await modelDirectory.describe(options.model ?? defaultModel, nowMs);
  if (!model.ok) return model;
  const { reference, embeddingDimension, logitScale } = model.value;
  const request = { tenantId, model: reference, labels, templates };
  const texts = await prototypes.get(request, context, later, nowMs);
  if (!texts.ok) {
    if (texts.error.code === 'model-mismatch') modelDirectory.forget(reference.id);
    return texts;
  }
  return ok({
    compiled: plainHead(texts.value.rows, embeddingDimension, logitScale),
    head: 'zero-shot',
    labels,
    model: reference,
    servedBy: texts.value.tier,
    projection: undefined,
  });
}

/** Without a wish: the first that was fitted. */
function fittedHead({ artefact }: ReadyProjection, head: Head | undefined): FittedHead | undefined {
  return head === undefined ? artefact.heads[0] : artefact.heads.find((candidate) => candidate.head === head);
}

function zeroShot({ weights: _weights, bias: _bias, featureScale: _scale, ...head }: FittedHead): FittedHead {
  return { ...head, head: 'zero-shot' };
}

/** normalise(P (t − mean)) of each row: the text side goes the same way as the picture side. */
function projectTexts(
  head: FittedHead,
  mean: Float32Array | undefined,
  rows: Float32Array,
  embeddingDimension: number,
): Float32Array {
  const means = mean === undefined ? undefined : { image: mean, text: mean };
  const compiled = compileHead(zeroShot(head), embeddingDimension, means);
  return project(compiled, rows, rows.length / embeddingDimension).slice();
}

function describe(
  { id, name, version }: ReadyProjection,
  { estimator, dimension }: FittedHead,
): ClassificationResponse['projection'] {
  return { id, name, version, estimator, dimension };
}

export function invalid(pointer: string, message: string): AppError<'invalid-request'> {
  return appError('invalid-request', message, { errors: [{ pointer, message }] });
}
