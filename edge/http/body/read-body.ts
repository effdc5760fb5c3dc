// All of a body in memory, once there is room for it and it is the request's turn: a small one collected by the runtime, any
// other unpacked and chunk by chunk (collect-body.ts). Decides nothing of what a body means.

import type { AppError } from '#shared/app-error.ts';
import type { Bytes } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Leave } from '../../clients/turns.ts';
import { freeBytes } from '../../limits/byte-budget.ts';
import { isolateGarbage } from '../../limits/collect-garbage.ts';
import type { RequestShare } from '../../limits/request-share.ts';
import { parsingMs } from '../../limits/thread-work.ts';
import { type BodyFailure, brokenOff, noRoomForBody, payloadTooLarge } from './body-fault.ts';
import type { SentBody } from './body-headers.ts';
import { collectBody, type EarlyLook, type Expected } from './collect-body.ts';
import { unpackedBody } from './unpack.ts';

/** All of the body, unpacked, at most `maxBytes`, once it is the request's turn to be worked on. */
export async function readBytes(
  { request, declared }: SentBody,
  maxBytes: number,
  share: Pick<RequestShare, 'take' | 'enter' | 'turn' | 'beforeWork'>,
  look?: EarlyLook,
): Promise<Result<Bytes, AppError<BodyFailure>>> {
  if (declared !== undefined && declared > maxBytes) return err(payloadTooLarge(maxBytes));
  const isWhole = declared !== undefined && declared <= freeBytes && !request.headers.has('content-encoding');
  const bytes = isWhole
    ? await request.arrayBuffer().then(arrived, stayedAway)
    : await readInParts(request, { maxBytes, declared, look }, share);
  if (!bytes.ok) return bytes;
  const { length } = bytes.value;
  if (isWhole) isolateGarbage.received(length);
  // HTTP ends a body where its length says; a worker before ours may say what it likes, so what came is counted here too.
  if (length > maxBytes) return err(payloadTooLarge(maxBytes));
  if (isWhole && length > freeBytes && !(await share.take(length - freeBytes))) return err(noRoomForBody);
  const entering = share.enter(length);
  const busy = entering === undefined ? undefined : await entering;
  if (busy !== undefined) return err(busy);
  // What is looked at as it comes is JSON, and will be parsed.
  const unpaid = look === undefined ? undefined : await share.beforeWork(parsingMs(length));
  return unpaid === undefined ? bytes : err(unpaid);
}

/** A small body is collected by the runtime, at a third of what a reader costs. */
const arrived = (buffer: ArrayBuffer) => ok(new Uint8Array(buffer));
const stayedAway = () => err(brokenOff);

async function readInParts(
  request: Request,
  expected: Omit<Expected, 'isPacked' | 'mayGoOn'>,
  share: Pick<RequestShare, 'take' | 'turn'>,
): Promise<Result<Bytes, AppError<BodyFailure>>> {
  const body = unpackedBody(request);
  if (!body.ok) return body;
  if (body.value === null) return ok(new Uint8Array(0));
  const isPacked = body.value !== request.body;
  let leave: Leave | undefined;
  const mayGoOn = async () => {
    leave = await share.turn('unpack');
    return leave !== undefined;
  };
  try {
    return await collectBody(
      body.value,
      { ...expected, isPacked, mayGoOn: isPacked ? mayGoOn : undefined },
      share,
    );
  } finally {
    leave?.();
  }
}
