// Collects rows into batches and runs as many at a time as their tower does: one of a large model's. Two lanes: rows of waiting
// callers go ahead of bulk rows, and bulk batches are short, in rows and in time, so that a waiting caller waits for one of them
// at most. It is not bounded itself: whoever fills it is admitted first (admission.ts) and keeps few rows in it.
//
// A fast model finds one row at a time where decoding takes longer than it does, and a row alone costs up to twice as much as
// one in a batch. So callers' rows wait for company while many more are about to come: never for a time, and never where few are.
// Bulk rows wait until a batch is full or no more of them come, but not while callers are about, whom it would hold up longer.

import { type Callers, createCallers } from '#shared/callers.ts';
import { createFairQueue, type FairQueue, nobody, type Party } from '../fairness/fair-queue.ts';
import type { WorkTally } from '../fairness/work-tally.ts';
import { type QueuedTower, type Row, runBatch } from './run-batch.ts';
import type { TowerInput } from './tower-spec.ts';

export type QueueLane = 'interactive' | 'bulk';
export type QueueOptions = {
  readonly lane: QueueLane;
  /** On whose behalf; default: nobody's. */
  readonly party?: Party | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where what is done for the request is counted. */
  readonly work?: WorkTally | undefined;
};

export type BatchQueueSettings = {
  readonly maxBatch: { readonly [lane in QueueLane]: number };
  /** Rows of a bulk batch while callers are about; default: as many as else. */
  readonly maxBesideCallers?: number;
  /** After so many interactive batches in a row, one bulk batch runs: bulk work slows down but never stops. */
  readonly maxInteractiveStreak?: number;
  /** How long a bulk batch should take at most, alone and while callers are about: on a slow device it gets fewer rows, down to one. */
  readonly bulkBatchMs?: { readonly alone: number; readonly besideCallers: number };
  readonly callers?: Callers;
  readonly onBatch?: (batch: {
    readonly lane: QueueLane;
    readonly rows: number;
    readonly runMs: number;
  }) => void;
};

export type BatchQueue = {
  /** A row is about to come. To be told once it is in the queue, or never will be; more often does no harm. */
  readonly expect: (lane: QueueLane, party?: Party) => () => void;
  /** One row of input to its row of output. Rejects with the signal's reason where the caller leaves first. */
  readonly run: (tower: QueuedTower, input: TowerInput, options: QueueOptions) => Promise<Float32Array>;
  readonly depth: () => number;
};

/** Rows wait until they are one in so many of those that are about to come. */
const expectedPerRow = { interactive: 8, bulk: 1 } as const;

export function createBatchQueue({
  maxBatch,
  maxBesideCallers = maxBatch.bulk,
  maxInteractiveStreak = 8,
  bulkBatchMs = { alone: 50, besideCallers: 10 },
  callers = createCallers(),
  onBatch = () => undefined,
}: BatchQueueSettings): BatchQueue {
  const lanes = { interactive: createFairQueue<Row>(), bulk: createFairQueue<Row>() };
  /** Of the last batch of each tower, milliseconds for a row. */
  const rowMs = new WeakMap<QueuedTower, number>();
  let isLooking = false;
  const running = { interactive: 0, bulk: 0 };
  let streak = 0;
  /** By tenant: nobody's row waits for what another has sent. */
  const expected = { interactive: new Map<string, number>(), bulk: new Map<string, number>() };

  function awaitsCompany(lane: QueueLane): boolean {
    const rows = lanes[lane].size();
    const wantsMore = (tag: string) =>
      rows < Math.min(maxBatch[lane], (expected[lane].get(tag) ?? 0) / expectedPerRow[lane]);
    return lanes[lane].tags().every(wantsMore);
  }

  /** For the lane's next row. While callers are about, bulk work leaves them one of several sessions. */
  function hasRoom(lane: QueueLane): boolean {
    const sessions = lanes[lane].peek()?.tower.sessions ?? 0;
    if (running.interactive + running.bulk >= sessions) return false;
    return lane === 'interactive' || !callers.areAbout() || running.bulk < Math.max(1, sessions - 1);
  }

  /** Sessions beside each other push their weights out of the caches: what is less than a batch waits for the lane's last to end. */
  function awaitsOwn(lane: QueueLane): boolean {
    const next = lanes[lane].peek();
    return next !== undefined && running[lane] > 0 && lanes[lane].size() < batchSize(lane, next.tower);
  }

  /** Whose turn it is. Where it has no room the other waits as well: a tower that runs alone would never be alone. */
  function turn(): QueueLane {
    if (lanes.interactive.size() === 0 || awaitsOwn('interactive')) return 'bulk';
    const isBulkDue = lanes.bulk.size() > 0 && running.bulk === 0 && streak >= maxInteractiveStreak;
    return isBulkDue ? 'bulk' : 'interactive';
  }

  /** `undefined` where what is there waits for more: callers' rows beside no bulk rows, and these while no caller is about. */
  function nextLane(): QueueLane | undefined {
    const lane = turn();
    if (!hasRoom(lane) || awaitsOwn(lane)) return undefined;
    const hasPatience = lane === 'bulk' ? !callers.areAbout() : lanes.bulk.size() === 0;
    return hasPatience && awaitsCompany(lane) ? undefined : lane;
  }

  function batchSize(lane: QueueLane, tower: QueuedTower): number {
    const lastRowMs = rowMs.get(tower);
    // A tower that always runs one size takes as long for one row as for all.
    if (lane === 'interactive' || lastRowMs === undefined || !tower.batchInvariant) return maxBatch[lane];
    const [maxRows, maxMs] = callers.areAbout()
      ? [maxBesideCallers, bulkBatchMs.besideCallers]
      : [maxBatch.bulk, bulkBatchMs.alone];
    return Math.min(maxRows, Math.max(1, Math.floor(maxMs / lastRowMs)));
  }

  /** The row of the lane whose turn it is and others for the same tower, of the same length, in turn over the tenants. */
  function takeBatch(lane: QueueLane): Row[] {
    dropAbandoned(lanes[lane]);
    const batch = lanes[lane].takeWith(
      (first) => batchSize(lane, first.tower),
      (row, first) => row.tower === first.tower && row.input.length === first.input.length,
    );
    if (batch.length === 0) return batch;
    streak = lane === 'interactive' ? streak + 1 : 0;
    return batch;
  }

  async function work(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    // Lets a caller put all its rows in before the first batch leaves.
    await Promise.resolve();
    for (let lane = nextLane(); lane !== undefined; lane = nextLane()) void runNext(lane);
    isLooking = false;
  }

  async function runNext(lane: QueueLane): Promise<void> {
    const batch = takeBatch(lane);
    const [first] = batch;
    if (first === undefined) return;
    running[lane] += 1;
    const runMs = await runBatch(batch, Math.max(...Object.values(maxBatch)));
    running[lane] -= 1;
    rowMs.set(first.tower, runMs / batch.length);
    onBatch({ lane, rows: batch.length, runMs });
    void work();
  }

  return {
    expect(lane, { tag } = nobody) {
      const coming = expected[lane];
      let isExpected = true;
      const change = (by: 1 | -1) => {
        const count = (coming.get(tag) ?? 0) + by;
        if (count > 0) coming.set(tag, count);
        else coming.delete(tag);
      };
      change(1);
      return () => {
        if (!isExpected) return;
        isExpected = false;
        change(-1);
        void work();
      };
    },
    run(tower, input, { lane, party = nobody, signal }) {
      if (lane === 'interactive') callers.come();
      return new Promise((resolve, reject) => {
        lanes[lane].push({ tower, input, signal, resolve, reject }, party);
        void work();
      });
    },
    depth: () => lanes.interactive.size() + lanes.bulk.size(),
  };
}

function dropAbandoned(rows: FairQueue<Row>): void {
  for (const row of rows.remove(({ signal }) => signal?.aborted === true)) row.reject(row.signal?.reason);
}
