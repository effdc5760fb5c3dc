// What is still to be done with a request that is refused: it is counted against the address that it came from, and what it
// still sends is read into nothing, so that the caller sees the answer. An address with too many of them gets the answer alone.

import { addressOf as addressOfIp } from '../../limits/refusals.ts';
import type { Services } from '../../services.ts';
import { declaredLength, drainBody } from './read-body.ts';

const mebibyte = 1024 * 1024;
/** For a body that does not say how long it is. */
const undeclaredUnits = 8;

export function addressOf(request: Request): string {
  return addressOfIp(request.headers.get('cf-connecting-ip'));
}

/** `isStranger`: who may not call at all, and is counted for calling; everybody is for what they send. */
export async function seeOff(
  { request, services }: { readonly request: Request; readonly services: Pick<Services, 'refusals'> },
  isStranger: boolean,
  nowMs: number,
): Promise<void> {
  const units = Number(isStranger) + unreadUnits(request);
  if (units > 0 && !services.refusals.spend(addressOf(request), units, nowMs)) return;
  await drainBody(request).catch(() => undefined);
}

/** One a whole MiB that has not been read. */
function unreadUnits(request: Request): number {
  if (request.body === null || request.bodyUsed) return 0;
  const declared = declaredLength(request);
  return declared === undefined ? undeclaredUnits : Math.floor(declared / mebibyte);
}
