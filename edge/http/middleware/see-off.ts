// What is still to be done with a request that is refused: it is counted against the address that it came from, what it still
// sends is read into nothing, so that the caller sees the answer, and the answer is held back where it is one of very many. An
// address with too many of them gets the answer alone.

import { sleep } from '#shared/sleep.ts';
import { addressOf as addressOfIp } from '../../limits/refusals.ts';
import type { Services } from '../../services.ts';
import { declaredLength } from '../body/body-headers.ts';
import { drainBody } from '../body/drain-body.ts';

const mebibyte = 1024 * 1024;
/** For a body that does not say how long it is. */
const undeclaredUnits = 8;

export function addressOf(request: Request): string {
  return addressOfIp(request.headers.get('cf-connecting-ip'));
}

/** `tenantId`: whose it was, where that is known. */
export type Refused = { readonly status: number; readonly tenantId?: string | undefined };

type Exchange = {
  readonly request: Request;
  readonly services: Pick<Services, 'refusals' | 'lateAnswers'>;
};

export async function seeOff(
  { request, services }: Exchange,
  refused: Refused,
  nowMs: number,
): Promise<void> {
  const address = addressOf(request);
  const units = Number(isStranger(refused)) + unreadUnits(request);
  const isSpent = units > 0 && !services.refusals.spend(address, units, nowMs);
  const delayMs = services.lateAnswers.delayFor(
    refused.tenantId ?? address,
    burdenOf(request, refused),
    nowMs,
  );
  if (!isSpent) await drainBody(request).catch(() => undefined);
  if (delayMs > 0) await sleep(delayMs);
}

/** Who may not call at all, and is counted for calling; everybody is for what they send. */
function isStranger({ status, tenantId }: Refused): boolean {
  return status === 403 || (tenantId === undefined && (status === 401 || status === 404 || status === 405));
}

/** One a whole MiB that has not been read. */
function unreadUnits(request: Request): number {
  if (request.body === null || request.bodyUsed) return 0;
  const declared = declaredLength(request);
  return declared === undefined ? undeclaredUnits : Math.floor(declared / mebibyte);
}

/** Told to stay away or to wait. */
const turnedAway = new Set([401, 403, 405, 429, 503]);
/** Of a request that was looked at and had a fault. */
const faultUnits = 0.1;

/** What refusing it is worth: its bytes count too, which were read, or are to be, for nothing. */
function burdenOf(request: Request, { status }: Refused): number {
  if (status >= 500 && status !== 503) return 0;
  const bytes = request.body === null ? 0 : (declaredLength(request) ?? mebibyte);
  return (turnedAway.has(status) ? 1 : faultUnits) + (4 * bytes) / mebibyte;
}
