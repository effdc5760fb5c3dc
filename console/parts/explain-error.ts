// Turns whatever a call threw into words that say what to do next.

import { ClipIcmConnectionError, ClipIcmError, ClipIcmJobError } from '#client/client.ts';
import { strings } from '../strings.ts';
import { nameOfField, plainWords } from './plain-words.ts';

export type Explanation = {
  readonly title: string;
  readonly detail: string;
  /** For support; shown small. */
  readonly requestId: string | undefined;
  /** Asking again would bring the same answer. */
  readonly isFinal: boolean;
};

const finalCodes: ReadonlySet<string> = new Set([
  'not-found',
  'missing-scope',
  'unauthenticated',
  'tenant-suspended',
]);

/** Where the service's sentence is for programs, since it names headers, or says what the title says. */
const saidInFull: ReadonlySet<string> = new Set(['unauthenticated', 'worker-unavailable']);

export function explainError(error: unknown): Explanation {
  if (error instanceof ClipIcmError) {
    const advice = adviceFor(error.code, error.retryAfterSeconds);
    const own = saidInFull.has(error.code) ? '' : plainWords(error.problem.detail);
    const fields = error.fieldErrors.map(describeField).join('; ');
    return {
      title: advice?.title ?? error.problem.title,
      detail: [own, fields, advice?.next].filter(Boolean).join(' '),
      requestId: error.requestId || undefined,
      isFinal: finalCodes.has(error.code),
    };
  }
  if (error instanceof ClipIcmConnectionError) {
    return { ...strings.errors.connection[error.reason], requestId: undefined, isFinal: false };
  }
  if (error instanceof ClipIcmJobError) {
    return {
      title: strings.errors.job,
      detail: plainWords(error.message),
      requestId: undefined,
      isFinal: false,
    };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { title: strings.errors.unexpected, detail, requestId: undefined, isFinal: false };
}

function describeField({ pointer, message }: { pointer: string; message: string }): string {
  const name = nameOfField(pointer);
  return name === '' ? plainWords(message) : `${name}: ${plainWords(message)}`;
}

/** What to say of a code beyond the service's own sentence; nothing where that says it all. */
export function adviceFor(
  code: string,
  retryAfterSeconds?: number,
): { readonly title: string; readonly next: string } | undefined {
  const known = Object.entries(strings.errors.codes).find(([name]) => name === code)?.[1];
  if (known === undefined) return undefined;
  const wait = retryAfterSeconds === undefined ? '' : strings.errors.retryAfter(Math.ceil(retryAfterSeconds));
  return { title: known.title, next: [known.next, wait].filter(Boolean).join(' ') };
}
