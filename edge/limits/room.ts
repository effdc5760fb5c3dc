// Whether there is room for more rows: of a kind for a tenant, and in the database for anybody. A database has an end (10 GB);
// well before it an alarm is logged, and what would add to it is refused while everything else goes on.

import { type AppError, appError } from '#shared/app-error.ts';
import { maxBatches } from '#shared/contracts/limits.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { writeLog } from '../log.ts';
import type { CountedKind, RoomStore } from '../stores/room-store.ts';

export const maxRows: Readonly<Record<CountedKind, number>> = {
  datasets: 1_000,
  /** Revoked ones stay for 30 days. */
  keys: 2_000,
  /** Deleted versions too: their numbers are never given again. */
  projections: 20_000,
  evaluations: 1_000,
  /** With those whose results are still being swept. */
  batches: maxBatches,
  webhooks: 10,
};

/** What grows by itself keeps its newest, of each tenant. */
export const keptRows = { auditRows: 100_000, answers: 2_000 } as const;
/** Days of watched series, of each tenant. */
export const keptWatchedDays = 5_000;

export type Room = {
  /** The refusal for one more of `kind`, or for anything that adds rows. */
  readonly refusal: (
    tenantId: string,
    kind: CountedKind | undefined,
    nowMs: number,
  ) => Promise<AppError<'quota-exceeded' | 'busy'> | undefined>;
  /** Looks at the database now; logs the alarm where it is nearly full. */
  readonly look: (nowMs: number) => Promise<void>;
};

type Options = {
  readonly rooms: Pick<RoomStore, 'count' | 'databaseBytes'>;
  readonly alarmBytes: number;
};

/** How long an isolate trusts what it has seen of the database's size. */
const lookEveryMs = 60_000;

export function createRoom({ rooms, alarmBytes }: Options): Room {
  let seen = { atMs: Number.NEGATIVE_INFINITY, bytes: 0 };

  const look = async (nowMs: number): Promise<void> => {
    // Before the look: others go on with what was seen.
    seen = { ...seen, atMs: nowMs };
    seen = { atMs: nowMs, bytes: await rooms.databaseBytes() };
    if (seen.bytes < alarmBytes) return;
    const about = { bytes: seen.bytes, alarmBytes };
    writeLog({ level: 'error', event: 'database-nearly-full', requestId: undefined, about });
  };

  return {
    look,
    refusal: async (tenantId, kind, nowMs) => {
      if (nowMs - seen.atMs >= lookEveryMs) await look(nowMs);
      if (seen.bytes >= alarmBytes) return databaseFull;
      if (kind === undefined) return undefined;
      return (await rooms.count(tenantId, kind)) < maxRows[kind] ? undefined : tooMany(kind);
    },
  };
}

function tooMany(kind: CountedKind): AppError<'quota-exceeded'> {
  return appError('quota-exceeded', `A tenant may have at most ${maxRows[kind]} ${kind}: delete some first.`);
}

const noBytesLeft = appError(
  'quota-exceeded',
  'This would be more than the plan lets the tenant store: delete pictures, profiles, projections or batches first.',
);

/** Of a row that the database had no room for (migrations 0012, 0014 and 0015), where many were made at once and each had seen room before. */
export function refusalOf(thrown: unknown): AppError<'quota-exceeded'> | undefined {
  const named = /no-room-for: (\w+)/.exec(String(thrown))?.[1];
  if (named === 'bytes') return noBytesLeft;
  const kind = (Object.keys(maxRows) as CountedKind[]).find((known) => known === named);
  return kind && tooMany(kind);
}

/** What `write` came to, or that the database had no room for it. */
export async function orNoRoom<T>(write: () => Promise<T>): Promise<Result<T, AppError<'quota-exceeded'>>> {
  try {
    return ok(await write());
  } catch (thrown) {
    const full = refusalOf(thrown);
    if (full === undefined) throw thrown;
    return err(full);
  }
}

const databaseFull = appError(
  'busy',
  'The service takes nothing new to keep just now. What is there can be used and deleted.',
  { retryAfterSeconds: 3600 },
);
