// Counts of a batch that add up: one tally a shard, summed in the order of the shards, then turned into the summary.

import { z } from 'zod';
import type { BatchRow, BatchSummary } from '#shared/contracts/batch.ts';
import { asWords } from '#shared/pictures/prompts.ts';
import { shownFailures } from './shard-result.ts';

/** What the summary lists of environments and of cells of the confusion table. */
const maxEnvironments = 1000;
const maxCells = 10_000;
/** In place of a label: abstained. */
const noLabel = '';

const Counts = z.object({
  items: z.number(),
  abstained: z.number(),
  failed: z.number(),
  /** Sum of the best labels' probabilities. */
  confidence: z.number(),
  known: z.number(),
  right: z.number(),
});
type Counts = z.infer<typeof Counts>;

/** Lists of pairs: as an object's key, a tenant's `__proto__` would be lost. */
export const StoredTally = z.object({
  labels: z.array(z.tuple([z.string(), z.number()])),
  codes: z.array(z.tuple([z.string(), z.number()])),
  environments: z.array(z.tuple([z.string(), Counts])),
  /** Class, label, pictures. */
  confusion: z.array(z.tuple([z.string(), z.string(), z.number()])),
  failures: z.array(z.object({ subject: z.string(), code: z.string(), detail: z.string() })),
});
export type StoredTally = z.infer<typeof StoredTally>;

/** Adds rows or stored tallies up. `labelOf` finds the label that a class means. */
export function createBatchTally(labelOf: (own: string) => string | undefined) {
  const labels = new Map<string, number>();
  const codes = new Map<string, number>();
  const environments = new Map<string, Counts>();
  const confusion = new Map<string, Map<string, number>>();
  const failures: StoredTally['failures'] = [];

  const addCell = (own: string, label: string, items: number) => {
    const cells = confusion.get(own) ?? new Map<string, number>();
    add(cells, label, items);
    confusion.set(own, cells);
  };

  return {
    addRow(row: BatchRow): void {
      const counts = environments.get(row.environment) ?? emptyCounts();
      environments.set(row.environment, counts);
      counts.items += 1;
      if ('error' in row) {
        counts.failed += 1;
        add(codes, row.error.code, 1);
        if (failures.length < shownFailures) {
          failures.push({ subject: row.sha256, code: row.error.code, detail: row.error.detail });
        }
        return;
      }
      counts.confidence += row.probability;
      counts.abstained += Number(row.abstained);
      if (!row.abstained) add(labels, row.label, 1);
      const own = row.class === undefined ? undefined : labelOf(row.class);
      if (row.class === undefined || own === undefined) return;
      addCell(row.class, row.abstained ? noLabel : row.label, 1);
      if (row.abstained) return;
      counts.known += 1;
      counts.right += Number(row.label === own);
    },
    addTally(tally: StoredTally): void {
      for (const [label, items] of tally.labels) add(labels, label, items);
      for (const [code, items] of tally.codes) add(codes, code, items);
      for (const [name, counts] of tally.environments) {
        environments.set(name, addCounts(environments.get(name) ?? emptyCounts(), counts));
      }
      for (const [own, label, items] of tally.confusion) addCell(own, label, items);
    },
    toStored: (): StoredTally => ({
      labels: [...labels],
      codes: [...codes],
      environments: [...environments],
      confusion: cellsOf(confusion),
      failures,
    }),
    toSummary(subject: Pick<BatchSummary, 'model' | 'head'>): BatchSummary {
      const all = [...environments].sort(byMost(([, { items }]) => items));
      const cells = cellsOf(confusion).sort(byMost(([, , items]) => items));
      return {
        ...subject,
        ...presentCounts(all.reduce((sum, [, counts]) => addCounts(sum, counts), emptyCounts())),
        labels: [...labels].sort(byMost(([, items]) => items)).map(([label, items]) => ({ label, items })),
        failures: [...codes].sort(byMost(([, items]) => items)).map(([code, items]) => ({ code, items })),
        environments: all
          .slice(0, maxEnvironments)
          .map(([name, counts]) => ({ name, ...presentCounts(counts) })),
        confusion: cells.slice(0, maxCells).map(([own, label, items]) => ({
          class: own,
          ...(label === noLabel ? {} : { label }),
          items,
        })),
        confusionOmitted: cells.slice(maxCells).reduce((sum, [, , items]) => sum + items, 0),
      };
    },
  };
}

/** A class may be a folder's name, and a label the words. */
export function labelFinder(labels: readonly string[]): (own: string) => string | undefined {
  const byWords = new Map(labels.map((label) => [asWords(label), label]));
  return (own) => byWords.get(asWords(own));
}

function emptyCounts(): Counts {
  return { items: 0, abstained: 0, failed: 0, confidence: 0, known: 0, right: 0 };
}

function addCounts(a: Counts, b: Counts): Counts {
  return {
    items: a.items + b.items,
    abstained: a.abstained + b.abstained,
    failed: a.failed + b.failed,
    confidence: a.confidence + b.confidence,
    known: a.known + b.known,
    right: a.right + b.right,
  };
}

function presentCounts({ items, abstained, failed, confidence, known, right }: Counts) {
  const answered = items - failed;
  return {
    items,
    abstained,
    failed,
    ...(answered === 0 ? {} : { meanConfidence: confidence / answered }),
    known,
    right,
    ...(known === 0 ? {} : { accuracy: right / known }),
  };
}

function add(map: Map<string, number>, name: string, items: number): void {
  map.set(name, (map.get(name) ?? 0) + items);
}

function cellsOf(confusion: ReadonlyMap<string, ReadonlyMap<string, number>>): [string, string, number][] {
  return [...confusion].flatMap(([own, cells]) =>
    [...cells].map(([label, items]): [string, string, number] => [own, label, items]),
  );
}

/** Largest first; of equals by name, so that the order of shards does not matter. */
function byMost<Entry extends readonly unknown[]>(itemsOf: (entry: Entry) => number) {
  const nameOf = (entry: Entry) => JSON.stringify(entry);
  return (a: Entry, b: Entry) => itemsOf(b) - itemsOf(a) || (nameOf(a) < nameOf(b) ? -1 : 1);
}
