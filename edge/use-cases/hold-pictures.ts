// Pictures that do not come with the request but are sent for: from their addresses, or from the bucket. The isolate holds no more
// of them than its budget has room for: small ones until they are all encoded together, a large one until it has been dealt with.

import type { AppError } from '#shared/app-error.ts';
import { letGo } from '#shared/let-go.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { sleep } from '#shared/sleep.ts';
import type { FetchBytes } from '../clients/gpu-worker.ts';
import type { Leave } from '../clients/turns.ts';
import { type CallContext, type FetchFailure, noRoomToFetch } from '../clients/worker-call.ts';
import type { ByteAllowance } from '../limits/byte-budget.ts';
import type { RequestShare, StepKind } from '../limits/request-share.ts';
import type { Asking } from './asking.ts';

export type Room = Pick<ByteAllowance, 'take' | 'giveBack'>;

/** What is no more than this is held until the end of its request. */
export const smallPictureBytes = 256 * 1024;

/** Who asks for pictures that have to be sent for. */
export type AskingForPictures = Asking & {
  readonly share: Room & Pick<RequestShare, 'turn'>;
};

export type FetchPlan = {
  readonly maxBytes: number;
  readonly room: Room;
  /** `undefined` where the wait was too long. */
  readonly takeTurn: () => Promise<Leave | undefined>;
};

/** An address that fails at once, or has no picture, is no way to have hundreds asked a second: it keeps its turn for so long. */
const failedTurnMs = 100;

/** What `use` makes of the bytes; what it returns must not hold them where they are more than small. */
export async function withFetched<T>(
  url: string,
  fetchUrl: FetchBytes,
  { maxBytes, room, takeTurn }: FetchPlan,
  context: CallContext,
  use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>,
): Promise<Result<T, AppError<FetchFailure | 'busy'>>> {
  const leave = await takeTurn();
  if (leave === undefined) return err(noRoomToFetch);
  try {
    const fetched = await fetchUrl({ url, maxBytes }, context, room);
    if (!fetched.ok || pictureTypeOf(fetched.value) === undefined) {
      await sleep(failedTurnMs);
    }
    return fetched.ok ? ok(await whileHeld(fetched.value, room, use)) : fetched;
  } finally {
    leave();
  }
}

/** Uses bytes that room has been taken for, and gives it back where they are not kept, with the memory itself. */
export async function whileHeld<T>(
  bytes: Uint8Array<ArrayBuffer>,
  room: Room,
  use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>,
): Promise<T> {
  try {
    return await use(bytes);
  } finally {
    const { buffer, byteLength } = bytes;
    if (byteLength > smallPictureBytes) {
      letGo(buffer);
      room.giveBack(byteLength);
    }
  }
}

/** One step of many in turn with others of the tenant; `undefined` where the wait for it was too long. */
export async function inStep<T>(
  share: Pick<RequestShare, 'turn'>,
  kind: StepKind,
  step: () => Promise<T>,
): Promise<T | undefined> {
  const leave = await share.turn(kind);
  if (leave === undefined) return undefined;
  try {
    return await step();
  } finally {
    leave();
  }
}
