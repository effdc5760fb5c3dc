// `Idempotency-Key` on routes that make something: the first request with a key does the work, the same request again
// within a day gets the same answer, another request with that key is a conflict. Only successes are kept: a failed
// attempt may be mended and sent again under its key.

import { type AppError, appError } from '#shared/app-error.ts';
import { type Bytes, sha256, sha256Hex, toHex } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { randomBase62 } from '../../ids.ts';
import type { IdempotencyStore } from '../../stores/idempotency-store.ts';
import type { Peppers } from '../../use-cases/api-key.ts';
import { seal, unseal } from '../../use-cases/sealed.ts';
import type { Draft } from './draft.ts';

const keepMs = 24 * 3_600_000;
/** Longer than any creating request may take; a claim older than this was left by an isolate that died. */
const leaseMs = 120_000;
/** A row of the database holds little more; no creating route answers near it. */
const maxAnswerBytes = 1_000_000;

type IdempotentRequest = {
  /** The caller's own part: tenant and key (or `admin`), route and idempotency key. */
  readonly owner: string;
  readonly tenantId: string | undefined;
  readonly route: string;
  readonly key: string;
  /** The request itself, of which the same key must always be used. */
  readonly url: string;
  readonly contentType: string;
  readonly body: Bytes;
  readonly nowMs: number;
};

type Collaborators = { readonly store: IdempotencyStore; readonly peppers: Peppers };

const keyPattern = /^[\x21-\x7e]{1,255}$/;

export function parseIdempotencyKey(header: string): Result<string, AppError<'malformed-request'>> {
  return keyPattern.test(header)
    ? ok(header)
    : err(appError('malformed-request', 'Idempotency-Key has 1 to 255 visible ASCII characters.'));
}

/** Runs `work` at most once for a key; `conflict` with Retry-After while another request is at it. */
export async function onlyOnce(
  request: IdempotentRequest,
  { store, peppers }: Collaborators,
  work: () => Promise<Draft>,
): Promise<Result<Draft, AppError<'conflict' | 'idempotency-conflict'>>> {
  const id = await sha256Hex(encoder.encode([request.owner, request.route, request.key].join('\n')));
  const requestHash = await hashRequest(request);
  const holder = randomBase62(20);
  const claim = await store.claim({
    id,
    tenantId: request.tenantId,
    requestHash,
    holder,
    nowMs: request.nowMs,
    leaseMs,
    keepMs,
  });
  if (claim.state !== 'claimed' && claim.requestHash !== requestHash) {
    return err(
      appError('idempotency-conflict', 'This Idempotency-Key came with a different request before.'),
    );
  }
  if (claim.state === 'running') {
    return err(
      appError('conflict', 'A request with this Idempotency-Key is at work.', { retryAfterSeconds: 1 }),
    );
  }
  if (claim.state === 'done') {
    const draft = await readKept(peppers, id, claim.answer);
    return draft === undefined ? unreadable : ok(draft);
  }
  let kept = false;
  try {
    const draft = await work();
    const answer = draft.status < 300 ? await keep(peppers, id, draft) : undefined;
    if (answer !== undefined) await store.complete(id, holder, answer);
    kept = answer !== undefined;
    return ok(draft);
  } finally {
    if (!kept) await store.release(id, holder);
  }
}

const encoder = new TextEncoder();

async function hashRequest({ url, contentType, body }: IdempotentRequest): Promise<string> {
  const { pathname, search } = new URL(url);
  const head = encoder.encode(`${pathname}${search}\n${contentType}\n`);
  return toHex(await sha256(new Uint8Array([...head, ...(await sha256(body))])));
}

/** Answers may hold a secret shown once, so they lie encrypted under a key that the database does not have. */
const purposeOf = (id: string) => `idempotency\n${id}`;

/** `undefined` for an answer too large to keep, or of bytes: creating routes answer small JSON or nothing. */
async function keep(peppers: Peppers, id: string, draft: Draft): Promise<Uint8Array | undefined> {
  const { status, headers, body } = draft;
  if (body !== null && typeof body !== 'string') return undefined;
  const plain = encoder.encode(JSON.stringify({ status, headers, body }));
  return plain.length > maxAnswerBytes ? undefined : seal(peppers, purposeOf(id), plain);
}

/** `undefined` for an answer sealed under a pepper that is no more. */
async function readKept(peppers: Peppers, id: string, answer: Uint8Array): Promise<Draft | undefined> {
  const plain = await unseal(peppers, purposeOf(id), answer);
  if (plain === undefined) return undefined;
  const draft: Draft = JSON.parse(new TextDecoder().decode(plain));
  return { ...draft, headers: { ...draft.headers, 'idempotent-replayed': 'true' } };
}

const unreadable = err(
  appError('conflict', 'This request was done before, but its answer can no longer be read: look it up.'),
);
