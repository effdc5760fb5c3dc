// Fetches what a tenant's URL names without letting it reach where the tenant could not: the resolved address is checked and
// pinned at every redirect, redirects, bytes and time are capped.

import type { Dispatcher } from 'undici';
import { type AppError, appError } from '#shared/app-error.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { pictureTypeOf, signatureBytes } from '#shared/pictures/signature.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type PinnedSettings, requestPinned, type Sent, unfetchable, withinTime } from './pinned-request.ts';

export type FetchFailure = 'unfetchable-url' | 'payload-too-large';

/** Of what is no picture, the beginning alone. Rejects with the signal's reason where the caller leaves. */
export type SafeFetch = (
  url: string,
  limits: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
) => Promise<Result<Uint8Array<ArrayBuffer>, AppError<FetchFailure>>>;

const maxRedirects = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const asking: Sent = { method: 'GET', headers: { accept: 'image/*' } };

export function createSafeFetch(settings: PinnedSettings): SafeFetch {
  return (url, { maxBytes, signal }) =>
    withinTime(settings.timeoutMs, signal, (limited) =>
      followRedirects(url, (hop) =>
        requestPinned(hop, asking, settings, limited, (response) => readHop(response, maxBytes)),
      ),
    );
}

type Hop = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly location: string };

async function followRedirects(
  start: string,
  fetchHop: (url: URL | null) => Promise<Result<Hop, AppError<FetchFailure>>>,
): Promise<Result<Uint8Array<ArrayBuffer>, AppError<FetchFailure>>> {
  let url = URL.parse(start);
  const seen = new Set<string>();
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    if (url !== null && seen.has(url.href)) return unfetchable('It redirects in a circle.');
    if (url !== null) seen.add(url.href);
    const hop = await fetchHop(url);
    if (!hop.ok) return hop;
    if ('bytes' in hop.value) return ok(hop.value.bytes);
    url = URL.parse(hop.value.location, url ?? undefined);
  }
  return unfetchable(`It redirects more than ${maxRedirects} times.`);
}

async function readHop(
  response: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<Result<Hop, AppError<FetchFailure>>> {
  const { statusCode, headers, body } = response;
  const { location } = headers;
  if (redirectStatuses.has(statusCode) && typeof location === 'string') return ok({ location });
  if (statusCode !== 200) return unfetchable(`It answers ${statusCode}.`);
  const tooLarge = err(
    appError('payload-too-large', `What is at the address has more than ${maxBytes} bytes.`),
  );
  if (Number(headers['content-length'] ?? 0) > maxBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  let isChecked = false;
  for await (const chunk of body) {
    byteLength += chunk.length;
    if (byteLength > maxBytes) return tooLarge;
    chunks.push(chunk);
    if (isChecked || byteLength < signatureBytes) continue;
    isChecked = true;
    const head = joinBytes(chunks);
    // Its beginning says as well what it is as all of it would.
    if (pictureTypeOf(head) === undefined) return ok({ bytes: head.slice(0, signatureBytes) });
  }
  return ok({ bytes: joinBytes(chunks) });
}
