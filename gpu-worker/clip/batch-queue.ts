// Collects rows into batches and runs one batch at a time. Two lanes: rows of waiting callers go ahead of bulk rows, and bulk
// batches are short, in rows and in time, so that a waiting caller waits for one of them at most. It is not bounded itself:
// whoever fills it is admitted first (admission.ts) and keeps few rows in it.
//
// A fast model finds one row at a time where decoding takes longer than it does, and a row alone costs up to twice as much as
// one in a batch. So callers' rows wait for company while many more are about to come: never for a time, and never where few are.
// Bulk rows wait until a batch is full or no more of them come, but not while callers are about, whom it would hold up longer.

import { type Callers, createCallers } from '#shared/callers.ts';
import { createFairQueue, type FairQueue, nobody, type Party } from '../fairness/fair-queue.ts';
import type { WorkTally } from '../fairness/work-tally.ts';
import type { RemoteTower } from './inference.ts';
import type { TowerInput } from './tower-spec.ts';
import { isUsableRow } from './usable-row.ts';

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

export type QueuedTower = Pick<RemoteTower, 'run' | 'embeddingDimension' | 'batchInvariant'>;

type Row = {
  readonly tower: QueuedTower;
  readonly input: TowerInput;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (output: Float32Array) => void;
  readonly reject: (reason: unknown) => void;
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
  let running = false;
  let streak = 0;
  /** By tenant: nobody's row waits for what another has sent. */
  const expected = { interactive: new Map<string, number>(), bulk: new Map<string, number>() };

  function awaitsCompany(lane: QueueLane): boolean {
    const rows = lanes[lane].size();
    const wantsMore = (tag: string) =>
      rows < Math.min(maxBatch[lane], (expected[lane].get(tag) ?? 0) / expectedPerRow[lane]);
    return lanes[lane].tags().every(wantsMore);
  }

  /** `undefined` where what is there waits for more: callers' rows beside no bulk rows, and these while no caller is about. */
  function nextLane(): QueueLane | undefined {
    const [callerRows, bulkRows] = [lanes.interactive.size(), lanes.bulk.size()];
    if (callerRows > 0 && bulkRows > 0) return streak >= maxInteractiveStreak ? 'bulk' : 'interactive';
    if (callerRows > 0) return awaitsCompany('interactive') ? undefined : 'interactive';
    if (bulkRows === 0) return undefined;
    return !callers.areAbout() && awaitsCompany('bulk') ? undefined : 'bulk';
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
    if (running) return;
    running = true;
    // Lets a caller put all its rows in before the first batch leaves.
    await Promise.resolve();
    for (let lane = nextLane(); lane !== undefined; lane = nextLane()) {
      const batch = takeBatch(lane);
      const [first] = batch;
      if (first === undefined) continue;
      const runMs = await runBatch(batch, Math.max(...Object.values(maxBatch)));
      rowMs.set(first.tower, runMs / batch.length);
      onBatch({ lane, rows: batch.length, runMs });
    }
    running = false;
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

/**
 * A tower whose results depend on the batch's size always gets the same size, filled up with zeros. Rows of a batch that failed, and
 * rows that came out unusable, are run once more alone: nobody bears the fault of another's row.
 */
async function runBatch(batch: readonly Row[], fixedSize: number): Promise<number> {
  const { tower } = batch[0] as Row;
  const size = tower.batchInvariant ? batch.length : fixedSize;
  const length = tower.embeddingDimension;
  let took = 0;
  let again: readonly Row[] = batch;
  try {
    const { output, runMs } = await tower.run(joinInputs(batch, size), size);
    took = runMs;
    again = batch.filter((row, index) => {
      const own = output.subarray(index * length, (index + 1) * length);
      if (batch.length > 1 && !isUsableRow(own)) return true;
      row.resolve(own);
      return false;
    });
  } catch (error) {
    if (batch.length === 1) {
      for (const row of batch) row.reject(error);
      return 0;
    }
  }
  for (const row of again) took += await runBatch([row], fixedSize);
  return took;
}

function joinInputs(batch: readonly Row[], size: number): TowerInput {
  const { input } = batch[0] as Row;
  const joined =
    input instanceof Float32Array
      ? new Float32Array(size * input.length)
      : new BigInt64Array(size * input.length);
  for (const [index, row] of batch.entries()) place(joined, row.input, index * input.length);
  return joined;
}

function place(joined: TowerInput, input: TowerInput, offset: number): void {
  if (joined instanceof Float32Array && input instanceof Float32Array) joined.set(input, offset);
  else if (joined instanceof BigInt64Array && input instanceof BigInt64Array) joined.set(input, offset);
  else throw new TypeError('one tower was given rows of two kinds');
}
