// Has captions rewritten in another style by an OpenAI-compatible chat endpoint. Answers are checked and kept, so that the same
// question is asked once in the life of a worker; a question that failed may be asked again.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import { createLru } from '#shared/lru.ts';
import { parseJson } from '#shared/parse-json.ts';
import { err, ok, type Result } from '#shared/result.ts';

export type CaptionQuestion = {
  readonly caption: string;
  readonly style: string;
  readonly variants: number;
};

/** Rejects with the signal's reason where the caller leaves. */
export type CaptionWriter = (
  question: CaptionQuestion,
  signal: AbortSignal | undefined,
) => Promise<Result<readonly string[], AppError<'worker-unavailable'>>>;

export type ChatEndpoint = {
  /** Of the API (`https://host/v1`) or of its chat route. */
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
};

const maxKept = 10_000;
const maxCaptionLength = 300;

const ChatAnswer = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

const Captions = z.object({ captions: z.array(z.string().trim().min(1).max(maxCaptionLength)) });

const instruction = `You rewrite captions of pictures. The subject must stay exactly what it is; only the style or
setting of the picture changes. Answer with a JSON object {"captions": [...]} and nothing else.`;

export function createCaptionWriter(
  endpoint: ChatEndpoint,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): CaptionWriter {
  const kept = createLru<readonly string[]>({ maxWeight: maxKept });
  return async (question, signal) => {
    const key = JSON.stringify(question);
    const known = kept.get(key);
    if (known !== undefined) return ok(known);
    const answer = await ask(endpoint, question, fetch, signal);
    if (answer.ok) kept.set(key, answer.value);
    return answer;
  };
}

async function ask(
  { url, model, key, timeoutMs }: ChatEndpoint,
  question: CaptionQuestion,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal | undefined,
): Promise<Result<readonly string[], AppError<'worker-unavailable'>>> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(chatRoute(url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, messages: messagesFor(question), temperature: 0, seed: 0 }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      redirect: 'error',
    });
    if (!response.ok) return failed(`answered ${response.status}`);
    return readCaptions(await response.json(), question);
  } catch {
    signal?.throwIfAborted();
    return failed(timeout.aborted ? 'did not answer in time' : 'could not be reached or understood');
  }
}

function chatRoute(url: string): string {
  return url.endsWith('/chat/completions') ? url : `${url.replace(/\/$/, '')}/chat/completions`;
}

function messagesFor({ caption, style, variants }: CaptionQuestion) {
  const request = { caption, style, howMany: variants };
  return [
    { role: 'system', content: instruction },
    { role: 'user', content: JSON.stringify(request) },
  ];
}

function readCaptions(
  answer: unknown,
  { variants }: CaptionQuestion,
): Result<readonly string[], AppError<'worker-unavailable'>> {
  const chat = ChatAnswer.safeParse(answer);
  const content = chat.data?.choices[0]?.message.content ?? '';
  // Some models wrap their JSON in a fence although they are told not to.
  const json = /\{[\s\S]*\}/.exec(content)?.[0] ?? '';
  const captions = Captions.safeParse(parseJson(json));
  const usable = captions.data?.captions.slice(0, variants) ?? [];
  return usable.length > 0 ? ok(usable) : failed('gave an answer that is not a list of captions');
}

function failed(reason: string): Result<never, AppError<'worker-unavailable'>> {
  return err(
    appError('worker-unavailable', `The chat endpoint for text interventions ${reason}.`, {
      retryAfterSeconds: 10,
    }),
  );
}
