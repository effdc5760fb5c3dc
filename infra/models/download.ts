// Downloads one file of known size into a partial file, going on where an earlier attempt stopped. Checks the size only:
// whether the bytes are the right ones is for the caller, who knows the hash.

import { open, rm } from 'node:fs/promises';
import { err, ok, type Result } from '#shared/result.ts';
import { fileSize } from './digest-file.ts';
import { type Hub, reason } from './hub.ts';
import { diskError, type ModelsError, modelsError } from './models-error.ts';
import { isTransientStatus } from './retry.ts';

/** A connection that gives no byte for this long is taken for dead. */
const stallMs = 60_000;

export type Download = {
  readonly url: string;
  /** The partial file; whatever it holds is taken for the beginning of the content. */
  readonly path: string;
  readonly size: number;
  /** Bytes of the file now on disk; may fall where a server does not resume. */
  readonly onBytes: (received: number) => void;
};

type Attempt = { readonly error: ModelsError; readonly again: boolean } | undefined;

/** Ends with all `size` bytes on disk, or with an error and whatever has come so far kept for the next call. */
export async function download(hub: Hub, file: Download): Promise<Result<void, ModelsError>> {
  let furthest = (await fileSize(file.path)) ?? 0;
  for (let failures = 0; ; ) {
    const failed = await attempt(hub, file);
    if (failed === undefined) return ok(undefined);
    const received = (await fileSize(file.path)) ?? 0;
    failures = received > furthest ? 1 : failures + 1;
    furthest = Math.max(furthest, received);
    if (!failed.again || failures >= hub.retry.maxFailures) return err(failed.error);
    await hub.retry.pause(failures);
  }
}

async function attempt(hub: Hub, file: Download): Promise<Attempt> {
  const received = (await fileSize(file.path)) ?? 0;
  file.onBytes(received);
  if (received === file.size) return undefined;
  if (received > file.size) {
    await rm(file.path);
    return { error: modelsError('damaged', `${file.path} was longer than the file itself.`), again: true };
  }
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Error('no byte for a minute')), stallMs);
  try {
    const response = await requestFrom(hub, file.url, received, stall.signal);
    const start = startOf(response, received);
    if (!start.ok) return await refused(file, response, start.error);
    await appendBody(response, file, start.value, () => timer.refresh());
    return undefined;
  } catch (error) {
    const disk = diskError(error);
    if (disk !== undefined) return { error: disk, again: false };
    return { error: modelsError('unreachable', `${file.url}: ${reason(error)}`), again: true };
  } finally {
    clearTimeout(timer);
  }
}

/** Compression is declined: a range counts the bytes as sent, and ours counts them as stored. */
function requestFrom(hub: Hub, url: string, received: number, signal: AbortSignal): Promise<Response> {
  const range = received === 0 ? undefined : { range: `bytes=${received}-` };
  return hub.fetch(url, { signal, headers: { 'accept-encoding': 'identity', ...range } });
}

/** The offset the body starts at: ours where the server resumes, 0 where it ignores the range. */
function startOf(response: Response, received: number): Result<number, ModelsError> {
  if (response.status === 200) return ok(0);
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  if (response.status === 206 && Number(range?.[1]) === received) return ok(received);
  return err(modelsError('unreachable', `${response.url} answered ${response.status}.`));
}

async function refused(file: Download, response: Response, error: ModelsError): Promise<Attempt> {
  await response.body?.cancel();
  // A range the server cannot satisfy, or another one than was asked for: what is on disk is no beginning of this file.
  if (response.status === 416 || response.status === 206) {
    await rm(file.path, { force: true });
    return { error, again: true };
  }
  if (response.status === 401 || response.status === 403) {
    const detail = `${file.url} is not for us to read; set HF_TOKEN to a token that may.`;
    return { error: modelsError('not-permitted', detail), again: false };
  }
  return { error, again: isTransientStatus(response.status) };
}

async function appendBody(
  response: Response,
  file: Download,
  start: number,
  onChunk: () => void,
): Promise<void> {
  const output = await open(file.path, start === 0 ? 'w' : 'a');
  let received = start;
  try {
    for await (const chunk of response.body ?? []) {
      onChunk();
      received += chunk.byteLength;
      if (received > file.size) throw new Error(`more than the announced ${file.size} bytes`);
      await output.writeFile(chunk);
      file.onBytes(received);
    }
  } finally {
    await output.close();
  }
  if (received < file.size) throw new Error(`ended after ${received} of ${file.size} bytes`);
}
