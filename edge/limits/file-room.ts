// Files of storage that are read whole to be worked on, fitted projections above all: an isolate has one memory for all its tenants,
// and such a file may be as large as a body. Each is read by one request at a time, so that many who want the same find it
// done; no more bytes of them at once than bodies may have; and of a tenant no faster than garbage is found.

import { type AppError, appError } from '#shared/app-error.ts';
import { createLru } from '#shared/lru.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { sleep } from '#shared/sleep.ts';
import { createTurns, type Turns } from '../clients/turns.ts';
import { createArrivals } from './arrivals.ts';
import { type ByteBudget, createByteBudget, freeBytes, isolateBodies } from './byte-budget.ts';
import { type Collector, isolateGarbage } from './collect-garbage.ts';

export type WholeFile = {
  readonly tenantId: string;
  readonly key: string;
  /** What it takes in memory until it is worked on. */
  readonly bytes: number;
};

export type Reading<T, E extends AppError> = {
  /** What is there already; asked before each wait and after it. */
  readonly known: () => T | undefined | Promise<T | undefined>;
  readonly read: () => Promise<Result<T, E>>;
};

export type FileRoom = {
  /** What is known, or is read once there is room for it. The refusal: there was none for too long. */
  readonly hold: <T, E extends AppError>(
    file: WholeFile,
    reading: Reading<T, E>,
  ) => Promise<Result<T, E | AppError<'busy'>>>;
};

/** Longer than a file takes to read. Who waited as long does without a turn: the one before may have been dropped by the runtime. */
const line = { atOnce: 1, maxWaiting: 1024, waitMs: 3_000 } as const;
const turnForgottenAfterMs = 5_000;
/** After so long without a word a file's bytes count as let go. */
const roomForgottenAfterMs = 15_000;

/** Of a tenant, of files that are large at all. */
const bytesPerMs = (16 * 1024 * 1024) / 1000;
const burstMs = (32 * 1024 * 1024) / bytesPerMs;
const maxWaitMs = 10_000;
const maxTenants = 20_000;
const maxFiles = 10_000;

type Collaborators = {
  readonly budget: ByteBudget;
  readonly turns: Turns;
  readonly garbage: Pick<Collector, 'received'>;
  readonly now: () => number;
};

export function createFileRoom({ budget, turns, garbage, now }: Collaborators): FileRoom {
  const arrivals = createArrivals(maxTenants);
  // When a file that somebody waits for may be read: once for all who want it.
  const dueAtMs = createLru<number>({ maxWeight: maxFiles, ttlMs: maxWaitMs + roomForgottenAfterMs });

  const dueOf = ({ tenantId, key, bytes }: WholeFile): number | undefined => {
    const nowMs = now();
    const known = dueAtMs.get(key, nowMs);
    if (known !== undefined) return known;
    const waitMs = arrivals.waitFor(tenantId, { ms: bytes / bytesPerMs, burstMs, maxWaitMs }, nowMs);
    if (waitMs === undefined) return undefined;
    dueAtMs.set(key, nowMs + waitMs, 1, nowMs);
    return nowMs + waitMs;
  };

  const readInRoom = async <T, E extends AppError>(
    { tenantId, key, bytes }: WholeFile,
    { known, read }: Reading<T, E>,
  ): Promise<Result<T, E | AppError<'busy'>>> => {
    const room = budget.open(tenantId);
    try {
      // One that is larger than a tenant's share counts as all of it.
      const hasRoom = bytes <= freeBytes || (await room.take(Math.min(bytes, isolateBodies.maxBytesOfOwner)));
      const there = await known();
      if (there !== undefined) return ok(there);
      if (!hasRoom) return err(noRoomForFile);
      garbage.received(bytes);
      return await read();
    } finally {
      room.close();
      dueAtMs.delete(key);
    }
  };

  return {
    async hold(file, reading) {
      const there = await reading.known();
      if (there !== undefined) return ok(there);
      if (file.bytes > freeBytes) {
        const dueMs = dueOf(file);
        if (dueMs === undefined) return err(noRoomForFile);
        if (dueMs > now()) await sleep(dueMs - now());
      }
      const leave = await turns.enter(`file ${file.key}`, line);
      try {
        const meanwhile = await reading.known();
        return meanwhile === undefined ? await readInRoom(file, reading) : ok(meanwhile);
      } finally {
        leave?.();
      }
    },
  };
}

/** What isolates are made with: as much again as for bodies, so that no upload keeps its tenant's projections from being read. */
export function isolateFileRoom(): FileRoom {
  const now = () => Date.now();
  return createFileRoom({
    budget: createByteBudget({ ...isolateBodies, forgottenAfterMs: roomForgottenAfterMs }),
    turns: createTurns({ now, forgottenAfterMs: turnForgottenAfterMs }),
    garbage: isolateGarbage,
    now,
  });
}

const noRoomForFile = appError(
  'busy',
  'Too many large projections are being read just now. Try again in a moment.',
  { retryAfterSeconds: 2 },
);
