// Files of storage that are read whole to be worked on, fitted projections above all: an isolate has one memory for all its tenants,
// and such a file may be as large as a body. Each is read by one request at a time, so that many who want the same find it
// done; no more bytes of them at once than bodies may have; and of a tenant no faster than garbage is found.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { sleep } from '#shared/sleep.ts';
import type { Turns } from '../clients/turns.ts';
import { createArrivals } from './arrivals.ts';
import { type BodyBudget, createBodyBudget, freeBytes, isolateBodies } from './body-budget.ts';
import { type Collector, isolateGarbage } from './collect-garbage.ts';

export type WholeFile = {
  readonly tenantId: string;
  readonly key: string;
  /** What it takes in memory until it is worked on. */
  readonly bytes: number;
};

export type Reading<T, E extends AppError> = {
  /** What is there already, asked once it is the file's turn: whoever had it before may have left it. */
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
const line = { atOnce: 1, maxWaiting: 1024, waitMs: 2_000 } as const;
/** After so long without a word a file's bytes count as let go. */
const forgottenAfterMs = 15_000;

/** Of a tenant, of files that are large at all. */
const bytesPerMs = (16 * 1024 * 1024) / 1000;
const burstMs = (32 * 1024 * 1024) / bytesPerMs;
const maxWaitMs = 10_000;
const maxTenants = 20_000;

type Collaborators = {
  readonly budget: BodyBudget;
  readonly turns: Turns;
  readonly garbage: Pick<Collector, 'asked'>;
  readonly now: () => number;
};

export function createFileRoom({ budget, turns, garbage, now }: Collaborators): FileRoom {
  const arrivals = createArrivals(maxTenants);

  const readInRoom = async <T, E extends AppError>(
    { tenantId, bytes }: WholeFile,
    read: Reading<T, E>['read'],
  ): Promise<Result<T, E | AppError<'busy'>>> => {
    if (bytes <= freeBytes) return read();
    const waitMs = arrivals.waitFor(tenantId, { ms: bytes / bytesPerMs, burstMs, maxWaitMs }, now());
    if (waitMs === undefined) return err(noRoomForFile);
    if (waitMs > 0) await sleep(waitMs);
    const room = budget.open(tenantId);
    try {
      // One that is larger than all the room there is has it to itself.
      if (!(await room.take(Math.min(bytes, isolateBodies.maxBytesOfOwner)))) return err(noRoomForFile);
      return await read();
    } finally {
      room.close();
      garbage.asked(bytes);
    }
  };

  return {
    async hold(file, { known, read }) {
      const leave = await turns.enter(`file ${file.key}`, line);
      try {
        const there = await known();
        return there === undefined ? await readInRoom(file, read) : ok(there);
      } finally {
        leave?.();
      }
    },
  };
}

/** What isolates are made with: as much again as for bodies, so that no upload keeps its tenant's projections from being read. */
export function isolateFileRoom(turns: Turns): FileRoom {
  const budget = createBodyBudget({ ...isolateBodies, forgottenAfterMs });
  return createFileRoom({ budget, turns, garbage: isolateGarbage, now: () => Date.now() });
}

const noRoomForFile = appError(
  'busy',
  'Too many large projections are being read just now. Try again in a moment.',
  { retryAfterSeconds: 2 },
);
