// Addresses under which a batch's rows are downloaded without a key: signed by the edge, good for one batch in one form until they
// expire. They die with the batch, which is looked up each time.

import type { BatchFormat } from '#shared/contracts/batch.ts';
import { fromHex, hmacSha256, timingSafeEqual, toHex } from '#shared/digest.ts';

export type BatchLinkSubject = {
  readonly tenantId: string;
  readonly batchId: string;
  readonly format: BatchFormat;
};

/** In whole seconds, rounded up. */
export async function signBatchLink(
  subject: BatchLinkSubject,
  expiresAtMs: number,
  secret: string,
): Promise<string> {
  const expires = String(Math.ceil(expiresAtMs / 1000));
  const signature = await hmacSha256(secret, canonical(subject, expires));
  return [subject.tenantId, subject.batchId, subject.format, expires, toHex(signature)].join('.');
}

/** `undefined` for what was not given out here, was changed, or has expired. `secrets`: the present one and those before. */
export async function readBatchLink(
  token: string,
  secrets: readonly string[],
  nowMs: number,
): Promise<BatchLinkSubject | undefined> {
  const match = /^(ten_\w{1,40})\.(bat_\w{1,40})\.(jsonl|csv)\.(\d{1,12})\.([0-9a-f]{64})$/.exec(token);
  const [, tenantId, batchId, format, expires, mac] = match ?? [];
  if (tenantId === undefined || batchId === undefined || expires === undefined || mac === undefined) {
    return undefined;
  }
  const subject = { tenantId, batchId, format: format === 'csv' ? 'csv' : 'jsonl' } as const;
  const signature = fromHex(mac) ?? new Uint8Array(0);
  let isOurs = false;
  for (const secret of secrets) {
    if (timingSafeEqual(await hmacSha256(secret, canonical(subject, expires)), signature)) isOurs = true;
  }
  return isOurs && nowMs < 1000 * Number(expires) ? subject : undefined;
}

/** The first line keeps what is signed here from being what is signed elsewhere with the same secret. */
function canonical({ tenantId, batchId, format }: BatchLinkSubject, expires: string): string {
  return ['icm-batch-link-v1', tenantId, batchId, format, expires].join('\n');
}
