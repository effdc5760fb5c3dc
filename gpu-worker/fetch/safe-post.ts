// Posts JSON to a tenant's address without letting it reach where the tenant could not. Of the answer the status counts; a
// redirect is an answer like any other.

import type { Dispatcher } from 'undici';
import type { AppError } from '#shared/app-error.ts';
import { maxAnswerText, type PostAnswer, type PostRequest } from '#shared/contracts/worker.ts';
import { ok, type Result } from '#shared/result.ts';
import { type PinnedSettings, requestPinned, withinTime } from './pinned-request.ts';

/** Rejects with the signal's reason where the caller leaves. */
export type SafePost = (
  request: PostRequest,
  signal: AbortSignal | undefined,
) => Promise<Result<PostAnswer, AppError<'unfetchable-url'>>>;

export function createSafePost(settings: PinnedSettings): SafePost {
  return ({ url, headers, body }, signal) =>
    withinTime(settings.timeoutMs, signal, (limited) => {
      const sent = {
        method: 'POST' as const,
        headers: { ...headers, accept: '*/*', 'content-type': 'application/json' },
        body,
      };
      return requestPinned(URL.parse(url), sent, settings, limited, async (response) => {
        const status = response.statusCode;
        // What took the event may say what it likes.
        const isTaken = status >= 200 && status < 300;
        return ok({ status, body: isTaken ? '' : await beginningOf(response.body) });
      });
    });
}

/** As much as came, where it stalls or breaks: the status is known. */
async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length >= maxAnswerText) break;
    }
  } catch {
    // Whoever stalls is cut off here.
  }
  return text.slice(0, maxAnswerText);
}
