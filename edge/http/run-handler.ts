// Parses a request as its route's contract says and gives it to the handler. At once where nothing of it has to be waited for.

import type { AppError } from '#shared/app-error.ts';
import type { Bytes } from '#shared/digest.ts';
import { err, type Result } from '#shared/result.ts';
import type { RequestShare } from '../limits/request-share.ts';
import type { Caller } from './middleware/authenticate.ts';
import type { Input } from './middleware/validate.ts';
import type { Passage } from './passage.ts';
import type { Reply } from './route.ts';

type Handled = Result<Reply, AppError> | Promise<Result<Reply, AppError>>;

export function runHandler(
  passage: Passage,
  caller: Caller | undefined,
  share: RequestShare,
  { bytes, declared }: { readonly bytes: Bytes | undefined; readonly declared: number | undefined },
): Handled {
  const { request, params, validator } = passage;
  const parsed = validator.parse({ request, params, bytes, declared, share });
  return parsed instanceof Promise
    ? parsed.then((input) => handleParsed(passage, caller, share, input))
    : handleParsed(passage, caller, share, parsed);
}

function handleParsed(
  { request, services, waitUntil, route, context }: Passage,
  caller: Caller | undefined,
  share: RequestShare,
  input: Result<Input, AppError>,
): Handled {
  if (!input.ok) return input;
  const run = () =>
    route.handler({
      input: input.value,
      caller,
      services,
      requestId: context.requestId,
      timing: context.timing,
      nowMs: context.nowMs,
      // A function, because few handlers ask and the runtime makes the signal only then.
      signal: () => request.signal,
      header: (name) => request.headers.get(name) ?? undefined,
      waitUntil,
      share,
    });
  // What has no body to be read first; one that is streamed keeps its connection waiting, not others.
  const entering = input.value.raw === undefined ? share.enter(0) : undefined;
  return entering === undefined ? run() : entering.then((busy) => (busy === undefined ? run() : err(busy)));
}
