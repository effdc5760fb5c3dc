// Asks the service about pictures: by plain CLIP, by a projection, by a projection with a profile of where they come from. Keeps
// nothing.

import { ClipIcmError } from '#client/client.ts';
import type {
  AnsweredEnvironment,
  ClassificationResponse,
  ClassificationResult,
  EmbeddingSource,
  Prediction,
  Tier,
} from '#shared/contracts/classification.ts';
import { maxPictureBytes } from '#shared/contracts/limits.ts';
import { formatBytes } from '../parts/format.ts';
import type { Session } from '../session/session.ts';
import { strings } from '../strings.ts';

export const sides = ['clip', 'projection', 'profiled'] as const;
export type Side = (typeof sides)[number];

/** What is asked: the labels to choose among, and the projection of the one side. */
export type Question = {
  readonly labels: readonly string[];
  /** Whether `labels` are the user's own rather than the projection's. */
  readonly labelsAreOwn: boolean;
  readonly projection:
    | { readonly id: string; readonly model: string | undefined; readonly templates: readonly string[] }
    | undefined;
  /** The profile of the third side, where there is one. */
  readonly environment: string | undefined;
};

/** Which sides a question has answers of. */
export function sidesOf({ projection, environment }: Question): readonly Side[] {
  if (projection === undefined) return ['clip'];
  return environment === undefined ? ['clip', 'projection'] : ['clip', 'projection', 'profiled'];
}

export type Answer =
  /** For what: that another side is answered, for the answer, or for an encoder that is known to be away. */
  | { readonly state: 'waiting'; readonly for: 'turn' | 'answer' | 'encoder' }
  | {
      readonly state: 'answered';
      readonly label: string;
      readonly model: string;
      readonly predictions: readonly Prediction[];
      readonly embedding: EmbeddingSource;
      readonly servedBy: Tier;
      readonly roundTripMs: number;
      /** What the edge says it spent, where it says. */
      readonly serverMs: number | undefined;
      /** `sigmoid`: each label was judged by itself. */
      readonly scoring: ClassificationResponse['scoring'];
      /** What of a profile went into it. */
      readonly environment: AnsweredEnvironment | undefined;
    }
  | { readonly state: 'refused'; readonly code: string; readonly detail: string }
  /** `waitedMs`: how long it was asked for, where it was. */
  | { readonly state: 'failed'; readonly error: unknown; readonly waitedMs?: number };

/**
 * One request for all pictures; a picture that cannot be read, or is too large to be sent, is refused by itself. `onAway` is
 * called when the service says that its encoder is away and it will be asked again.
 */
export async function ask(
  session: Session,
  pictures: readonly Blob[],
  side: Side,
  question: Question,
  onAway: () => void = () => undefined,
): Promise<readonly Answer[]> {
  const sent = pictures.filter(({ size }) => size <= maxPictureBytes);
  const answers = sent.length === 0 ? [] : await askOnce(session, sent, side, question, onAway);
  return pictures.map((picture) => answers[sent.indexOf(picture)] ?? tooLarge(picture));
}

function tooLarge({ size }: Blob): Answer {
  return {
    state: 'refused',
    code: 'payload-too-large',
    detail: strings.try.tooLarge(formatBytes(size), formatBytes(maxPictureBytes)),
  };
}

/** Where asking again changes nothing: it is the picture. */
const faultsOfPictures: ReadonlySet<string> = new Set(['unreadable-picture', 'picture-too-large']);

async function askOnce(
  session: Session,
  pictures: readonly Blob[],
  side: Side,
  question: Question,
  onAway: () => void,
): Promise<readonly Answer[]> {
  const options = optionsOf(side, question);
  const startedMs = performance.now();
  try {
    const [only] = pictures;
    const { value, roundTripMs, server } = await session.timed(
      ({ classifications }) =>
        pictures.length === 1 && only !== undefined
          ? classifications.picture(only, options)
          : classifications.pictures(pictures, options),
      (code) => code === 'worker-unavailable' && onAway(),
    );
    const serverMs = server.find(({ name }) => name === 'classify')?.durationMs;
    return pictures.map((_, index) =>
      toAnswer(
        value,
        value.results.find((result) => result.index === index),
        roundTripMs,
        serverMs,
      ),
    );
  } catch (error) {
    const isRefused = error instanceof ClipIcmError && faultsOfPictures.has(error.code);
    const answer: Answer = isRefused
      ? { state: 'refused', code: error.code, detail: error.problem.detail }
      : { state: 'failed', error, waitedMs: performance.now() - startedMs };
    return pictures.map(() => answer);
  }
}

function optionsOf(side: Side, { labels, labelsAreOwn, projection, environment }: Question) {
  const own = { labels: [...labels], topK: 5 };
  if (side === 'clip') return { ...own, ...(projection === undefined ? {} : likeFitted(projection)) };
  if (projection === undefined) throw new Error('asked of a projection, but there is none');
  return {
    projection: projection.id,
    topK: 5,
    ...(labelsAreOwn ? { labels: own.labels } : {}),
    ...(side === 'profiled' ? { environment } : {}),
  };
}

/** Plain CLIP is asked of the same model in the same words, so that the projection is all that differs. */
function likeFitted({ model, templates }: { model: string | undefined; templates: readonly string[] }) {
  return {
    ...(model === undefined ? {} : { model }),
    ...(templates.length === 0 ? {} : { templates: [...templates] }),
  };
}

function toAnswer(
  response: ClassificationResponse,
  result: ClassificationResult | undefined,
  roundTripMs: number,
  serverMs: number | undefined,
): Answer {
  if (result === undefined)
    return { state: 'failed', error: new Error('The answer leaves this picture out.') };
  if ('error' in result) {
    return { state: 'refused', code: result.error.code, detail: result.error.detail };
  }
  const { label, predictions, embedding } = result;
  const { model, servedBy, scoring, environment } = response;
  const origin = { model, embedding, servedBy, roundTripMs, serverMs, scoring, environment };
  return { state: 'answered', label, predictions, ...origin };
}
