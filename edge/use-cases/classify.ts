// Classifies the inputs of one request: finds what answers, embeds the inputs, and has each answered (answer-embedded.ts).
// Knows neither HTTP nor where anything is kept.

import type { AppError } from '#shared/app-error.ts';
import type {
  ClassificationOptions,
  ClassificationResponse,
  ClassificationResult,
} from '#shared/contracts/classification.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { answeringMs } from '../limits/thread-work.ts';
import type { WatchRecorder } from '../limits/watch-recorder.ts';
import { type AnswerOptions, answerEmbedded, type Note } from './answer-embedded.ts';
import { chooseHead, chooseHeadNow } from './choose-head.ts';
import type { ChosenHead, HeadFailure, HeadSources } from './chosen-head.ts';
import { embedInputs } from './embed-inputs.ts';
import {
  commonFailure,
  type EmbeddedResult,
  type EmbedSources,
  embedNow,
  type Input,
  type InputFailure,
  unpackEmbeddings,
} from './embedded.ts';
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
  const answer = () => {
    const note = noterOf(head, options, asking, sources.watch);
    const answered = answerEmbedded(head, embedded, options, note);
    return answered instanceof Promise ? answered.then(word) : word(answered);
  };
  const waiting = asking.beforeWork(answeringMs(head.compiled, embedded.length, options.topK));
  return waiting === undefined
    ? answer()
    : waiting.then((busy) => (busy === undefined ? answer() : err(busy)));
}

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
