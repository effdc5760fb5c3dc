// The shape in which OpenAI's clients look for an error. They are told by what their libraries send of themselves: a
// `user-agent` that begins with OpenAI, or `x-stainless-lang`. Everybody else gets the problem document.

import { Problem } from '#shared/contracts/problem.ts';
import type { Draft } from './draft.ts';

export function isOpenAiClient({ headers }: Request): boolean {
  return headers.has('x-stainless-lang') || /^(async)?openai\b/i.test(headers.get('user-agent') ?? '');
}

/** `{error: {message, type, param, code}}` of a draft that holds a problem document; any other draft as it is. */
export function asOpenAiError(draft: Draft): Draft {
  if (draft.headers['content-type'] !== 'application/problem+json' || typeof draft.body !== 'string') {
    return draft;
  }
  const { status, code, detail, errors = [] } = Problem.parse(JSON.parse(draft.body));
  const faults = errors.map(({ pointer, message }) => `${nameOf(pointer)}: ${message}`);
  const message =
    faults.length === 0 || detail === errors[0]?.message ? detail : `${detail} ${faults.join('; ')}`;
  const param = errors[0] === undefined ? null : nameOf(errors[0].pointer);
  const error = { message, type: typeOf(status), param, code };
  return {
    ...draft,
    headers: { ...draft.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ error }),
  };
}

/** `/input/3/url` as `input[3].url`. */
function nameOf(pointer: string): string {
  const [first = '', ...rest] = pointer.split('/').slice(1);
  return rest.reduce((name, part) => (/^\d+$/.test(part) ? `${name}[${part}]` : `${name}.${part}`), first);
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
