// Classifies the inputs of one request: finds what answers, embeds the inputs, and words each answer.
// Knows neither HTTP nor where anything is kept.

import type { AppError } from '#shared/app-error.ts';
import type {
  ClassificationOptions,
  ClassificationResponse,
  ClassificationResult,
} from '#shared/contracts/classification.ts';
import { maxInputs } from '#shared/contracts/limits.ts';
import { type Classification, classify } from '#shared/math/answer/classify.ts';
import { topK } from '#shared/math/linear/top-k.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { WatchRecorder } from '../limits/watch-recorder.ts';
import { chooseHead, chooseHeadNow } from './choose-head.ts';
import type { ChosenHead, HeadFailure, HeadSources } from './chosen-head.ts';
import { describeError } from './describe-error.ts';
import { embedInputs } from './embed-inputs.ts';
import {
  type EmbeddedResult,
  type EmbedSources,
  embedNow,
  type Input,
  type InputFailure,
} from './embedded.ts';
import { invalid } from './head-options.ts';
import type { AskingForPictures } from './hold-pictures.ts';

/** Asks the candidate of a name the same, behind the answer (ask-shadow.ts). */
export type AskShadow = (
  options: ClassificationOptions,
  answered: {
    readonly head: ChosenHead;
    readonly embedded: readonly EmbeddedResult[];
    readonly results: readonly ClassificationResult[];
  },
  asking: AskingForPictures,
  sources: ClassifySources,
) => void;

export type ClassifySources = HeadSources &
  EmbedSources & {
    /** Lets everything that waits go first. */
    readonly takeTurn: () => Promise<void>;
    readonly askShadow?: AskShadow;
    readonly watch: Pick<WatchRecorder, 'record' | 'scheduleFlush'>;
  };

export type ClassifyRequest = {
  readonly options: ClassificationOptions;
  /** Or embeddings packed one after the other, whose number the model's dimension tells. */
  readonly inputs: readonly Input[] | Float32Array;
};

type Classified = Result<ClassificationResponse, AppError<HeadFailure | InputFailure>>;

/**
 * Fails where something keeps all inputs from being answered, and where not one input succeeds and all fail with the same
 * code: then that is the error of the whole request. Else each input has its answer or its own error, in order. At once where
 * nothing has to be waited for: a head in memory, and embeddings that are few.
 */
export function classifyInputs(
  request: ClassifyRequest,
  asking: AskingForPictures,
  sources: ClassifySources,
): Classified | Promise<Classified> {
  const { options } = request;
  const chosen = chooseHeadNow(options, asking, sources);
  return chosen === undefined
    ? chooseHead(options, asking, sources).then((head) => classifyBy(head, request, asking, sources))
    : classifyBy(chosen, request, asking, sources);
}

function classifyBy(
  chosen: Result<ChosenHead, AppError<HeadFailure>>,
  { options, inputs: given }: ClassifyRequest,
  asking: AskingForPictures,
  sources: ClassifySources,
): Classified | Promise<Classified> {
  if (!chosen.ok) return chosen;
  const head = chosen.value;
  const inputs =
    given instanceof Float32Array ? unpackEmbeddings(given, head.compiled.embeddingDimension) : ok(given);
  if (!inputs.ok) return inputs;
  const target = {
    model: head.model,
    dimension: head.compiled.embeddingDimension,
    pointerOf: (index: number) => `/inputs/${index}`,
  };
  const known = embedNow(inputs.value, target);
  return known === undefined
    ? embedInputs(inputs.value, target, asking, sources).then((embedded) =>
        respond(head, embedded, options, asking, sources),
      )
    : respond(head, known, options, asking, sources);
}

function respond(
  head: ChosenHead,
  embedded: readonly EmbeddedResult[],
  options: ClassificationOptions,
  asking: AskingForPictures,
  sources: ClassifySources,
): Classified | Promise<Classified> {
  const common = commonFailure(embedded);
  if (common !== undefined) return err(common);
  const word = (results: ClassificationResult[]) => {
    sources.askShadow?.(options, { head, embedded, results }, asking, sources);
    return ok({
      model: head.model.id,
      head: head.head,
      ...(head.projection === undefined ? {} : { projection: head.projection }),
      ...(head.environment === undefined ? {} : { environment: head.environment }),
      servedBy: head.servedBy,
      scoring: head.compiled.scoring?.kind ?? 'softmax',
      results,
    });
  };
  const answered = answerEmbedded(head, embedded, options, {
    takeTurn: sources.takeTurn,
    note: noterOf(head, options, asking, sources.watch),
  });
  return answered instanceof Promise ? answered.then(word) : word(answered);
}

/** Hears of rows that were answered. */
type Note = (rows: Float32Array, answers: Classification) => void;

/** `undefined` where the pictures are of no environment that is watched. */
function noterOf(
  head: ChosenHead,
  { abstainBelow }: AnswerOptions,
  { tenantId, nowMs, later }: Pick<AskingForPictures, 'tenantId' | 'nowMs' | 'later'>,
  watch: ClassifySources['watch'],
): Note | undefined {
  const { watched, model, projection, head: name, labels } = head;
  if (watched === undefined) return undefined;
  const about = { tenantId, model, projection, head: name, labels, ...watched, abstainBelow, nowMs };
  return (rows, { probabilities }) => {
    watch.record(about, rows, probabilities);
    watch.scheduleFlush(later);
  };
}

export type AnswerOptions = Pick<ClassificationOptions, 'topK' | 'abstainBelow'>;

/** One result an input, in order; its error where it has no embedding. At once where it takes no turn of others. */
export function answerEmbedded(
  head: ChosenHead,
  embedded: readonly EmbeddedResult[],
  options: AnswerOptions,
  sources: Pick<ClassifySources, 'takeTurn'> & { readonly note?: Note | undefined },
): ClassificationResult[] | Promise<ClassificationResult[]> {
  return isShort(head, embedded)
    ? answer(head, embedded, options, 0, sources.note)
    : answerInSteps(head, embedded, options, sources);
}

/** Inputs that came as one array [n, d]. */
export function unpackEmbeddings(
  packed: Float32Array,
  dimension: number,
): Result<Input[], AppError<'invalid-request'>> {
  const count = packed.length / dimension;
  if (!Number.isInteger(count) || count < 1 || count > maxInputs) {
    const message = `The body must hold 1 to ${maxInputs} embeddings of ${dimension} float32, ${4 * dimension} bytes each.`;
    return err(invalid('', message));
  }
  const inputs: Input[] = [];
  for (let start = 0; start < packed.length; start += dimension) {
    inputs.push({ kind: 'embedding', vector: packed.subarray(start, start + dimension) });
  }
  return ok(inputs);
}

/** The error of all inputs, where all have failed for the same reason. */
export function commonFailure(embedded: readonly EmbeddedResult[]): AppError<InputFailure> | undefined {
  const first = embedded[0];
  if (first === undefined || first.ok) return undefined;
  const same = embedded.every((result) => !result.ok && result.error.code === first.error.code);
  return same ? first.error : undefined;
}

/** Multiplications in one go: some milliseconds. */
const stepProducts = 10_000_000;

function rowsAtOnce({ compiled }: ChosenHead): number {
  const perRow = compiled.dimension * (compiled.classCount + compiled.embeddingDimension);
  return Math.max(1, Math.floor(stepProducts / perRow));
}

function isShort(head: ChosenHead, embedded: readonly EmbeddedResult[]): boolean {
  return embedded.length === 1 || embedded.length <= rowsAtOnce(head);
}

/** With a turn for everybody else in between: many embeddings against many labels take long together. */
async function answerInSteps(
  head: ChosenHead,
  embedded: readonly EmbeddedResult[],
  options: AnswerOptions,
  { takeTurn, note }: Parameters<typeof answerEmbedded>[3],
): Promise<ClassificationResult[]> {
  const results: ClassificationResult[] = [];
  const step = rowsAtOnce(head);
  for (let from = 0; from < embedded.length; from += step) {
    if (from > 0) await takeTurn();
    results.push(...answer(head, embedded.slice(from, from + step), options, from, note));
  }
  return results;
}

function answer(
  head: ChosenHead,
  embedded: readonly EmbeddedResult[],
  options: AnswerOptions,
  firstIndex: number,
  note: Note | undefined,
): ClassificationResult[] {
  const good = embedded.flatMap((result) => (result.ok ? [result.value.embedding] : []));
  const { compiled, centre } = head;
  const rows = joinRows(good, compiled.embeddingDimension);
  const answers = classify(compiled, rows, good.length, centre);
  note?.(rows, answers);
  let row = 0;
  return embedded.map((result, at) => {
    const index = firstIndex + at;
    if (!result.ok) return { index, error: describeError(result.error) };
    const { source, sha256 } = result.value;
    return {
      index,
      ...predict(head, answers, row++, options),
      embedding: source,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  });
}

function joinRows(embeddings: readonly Float32Array[], dimension: number): Float32Array {
  const [first] = embeddings;
  if (first !== undefined && embeddings.length === 1) return first;
  const rows = new Float32Array(embeddings.length * dimension);
  for (const [index, embedding] of embeddings.entries()) rows.set(embedding, index * dimension);
  return rows;
}

function predict(
  { labels, compiled }: ChosenHead,
  { probabilities, scores }: Classification,
  row: number,
  { topK: count, abstainBelow }: AnswerOptions,
) {
  const start = row * compiled.classCount;
  const best = topK(
    probabilities.subarray(start, start + compiled.classCount),
    Math.min(count, compiled.classCount),
  );
  const predictions = best.map((index) => ({
    label: labels[index] ?? '',
    probability: probabilities[start + index] ?? 0,
    score: scores[start + index] ?? 0,
  }));
  const { label = '', probability = 0 } = predictions[0] ?? {};
  return { label, probability, abstained: probability < abstainBelow, predictions };
}
