// Sums up what watched environments are asked about, in the isolate's memory, and adds it to the stored days behind the
// answers: at most every few seconds an isolate, never on the way of a request. No picture and no embedding is kept. An isolate
// that is evicted takes its last seconds of pictures with it: a day's mean is hardly another without them.

import type { ModelReference } from '#shared/contracts/common.ts';
import type { Head } from '#shared/contracts/fit.ts';
import { sha256Hex } from '#shared/digest.ts';
import { addAnswer, type DaySums, emptyDay, mergeDays } from '#shared/math/watch/day-sums.ts';
import { createDelayedFlush } from '../delayed-flush.ts';
import type { WatchStore } from '../stores/watch-store.ts';
import type { DayKey, WatchedQuestion } from '../stores/watched-day-record.ts';
import { utcDay } from './utc-day.ts';

type Answered = {
  readonly tenantId: string;
  readonly environmentId: string;
  readonly model: ModelReference;
  readonly projection: WatchedQuestion['projection'];
  readonly head: Head;
  readonly labels: readonly string[];
  readonly ownLabels?: readonly string[];
  readonly templates?: readonly string[];
  readonly abstainBelow: number;
  readonly nowMs: number;
};

export type WatchRecorder = {
  /** Unit embeddings [n, d], and what they were answered with [n, c]. */
  readonly record: (answered: Answered, rows: Float32Array, probabilities: Float32Array) => void;
  /** Writes all that is pending. */
  readonly flush: () => Promise<void>;
  /** Starts a delayed flush, kept alive by `waitUntil`, unless one is under way. */
  readonly scheduleFlush: (waitUntil: (promise: Promise<unknown>) => void) => void;
};

type Collaborators = {
  readonly days: Pick<WatchStore, 'add'>;
  readonly flushAfterMs: number;
  /** Whether there is room for more rows. */
  readonly hasRoom: (tenantId: string, nowMs: number) => Promise<boolean>;
};

/** What pending sums may take of an isolate; what more would be watched then is not. */
const maxPendingBytes = 8 * 1024 * 1024;

type Pending = {
  readonly about: Answered;
  readonly day: string;
  sums: DaySums;
};

export function createWatchRecorder({ days, flushAfterMs, hasRoom }: Collaborators): WatchRecorder {
  let pending = new Map<string, Pending>();
  let pendingBytes = 0;

  const record: WatchRecorder['record'] = (answered, rows, probabilities) => {
    const { labels, abstainBelow, nowMs } = answered;
    const count = probabilities.length / labels.length;
    const dimension = rows.length / count;
    if (count === 0 || pendingBytes > maxPendingBytes) return;
    const key = `${keyOf(answered)} ${utcDay(nowMs)}`;
    let entry = pending.get(key);
    if (entry === undefined) {
      entry = { about: answered, day: utcDay(nowMs), sums: emptyDay(dimension, labels.length) };
      pending.set(key, entry);
      pendingBytes += 16 * labels.length;
    }
    const { sums } = entry;
    const held = sums.strata.size + sums.blocks.length;
    for (let row = 0; row < count; row++) {
      addAnswer(sums, rows, probabilities, row, isBelow(probabilities, row, labels.length, abstainBelow));
    }
    pendingBytes += 8 * dimension * (sums.strata.size + sums.blocks.length - held);
  };

  /** What others keep from being added just now waits for the next time. */
  const keep = (key: string, entry: Pending) => {
    const newer = pending.get(key);
    const sums = newer === undefined ? entry.sums : mergeDays(entry.sums, newer.sums);
    pending.set(key, { ...entry, sums });
    pendingBytes += 8 * sums.dimension * (sums.strata.size + sums.blocks.length);
  };

  const flush = async () => {
    const taken = pending;
    pending = new Map();
    pendingBytes = 0;
    let fault: { readonly thrown: unknown } | undefined;
    for (const [key, entry] of taken) {
      try {
        if (!(await hasRoom(entry.about.tenantId, entry.about.nowMs))) continue;
        if ((await add(entry)) === 'contended') keep(key, entry);
      } catch (thrown) {
        keep(key, entry);
        fault = { thrown };
      }
    }
    if (fault !== undefined) throw fault.thrown;
  };

  const add = async (entry: Pending) => {
    const { model, labels } = entry.about;
    return days.add(await dayKey(entry), { model, labels, question: questionOf(entry.about) }, entry.sums);
  };

  return {
    record,
    flush,
    scheduleFlush: createDelayedFlush(flush, flushAfterMs, 'watch-flush'),
  };
}

function keyOf({ tenantId, environmentId, model, projection, head, ownLabels, templates }: Answered): string {
  const asked = `${tenantId} ${environmentId} ${projection?.id ?? model.revision} ${head}`;
  return ownLabels === undefined ? asked : `${asked} ${JSON.stringify([ownLabels, templates])}`;
}

/** The same for the same question to the same model, in every isolate. */
async function dayKey({ about, day }: Pending): Promise<DayKey> {
  const { tenantId, environmentId, model, projection, head, ownLabels = [], templates = [] } = about;
  const named = JSON.stringify([model.revision, projection?.id ?? '', head, ownLabels, templates]);
  const digest = await sha256Hex(new TextEncoder().encode(named));
  return { tenantId, environmentId, series: digest.slice(0, 32), day };
}

function questionOf({ projection, head, ownLabels, templates }: Answered): WatchedQuestion {
  return {
    ...(projection && {
      projection: { id: projection.id, name: projection.name, version: projection.version },
    }),
    head,
    ...(ownLabels === undefined ? {} : { labels: [...ownLabels] }),
    ...(templates === undefined ? {} : { templates: [...templates] }),
  };
}

function isBelow(probabilities: Float32Array, row: number, labels: number, least: number): boolean {
  if (least <= 0) return false;
  for (let at = row * labels; at < (row + 1) * labels; at++)
    if ((probabilities[at] as number) >= least) return false;
  return true;
}
