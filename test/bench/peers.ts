// The project beside its peers, in one run: new pictures, pictures seen before and embeddings through the whole stack, our worker
// alone, transformers.js in process and behind a server, and another commit of the project where one is given.

import { setTimeout as delay } from 'node:timers/promises';
import { readMetric } from '../support/worker-metric.ts';
import type { Bar, Benchmark, Row } from './benchmark.ts';
import type { Contender } from './contenders/contender.ts';
import { type Contenders, openContenders } from './contenders/open-contenders.ts';
import { checkPeers } from './contenders/open-peer.ts';
import { median, medianRatio, quantile } from './measure.ts';
import { makePhotographs } from './worker/photographs.ts';

const rounds = 5;
/** Requests under way, and pictures in a batch where there are no requests. */
const [concurrency, batchSize] = [32, 16];
const together = 256;
const singles = 40;

export const peers: Benchmark = {
  name: 'peers',
  summary: 'beside transformers.js, in process and behind a server (--against DIR: and another commit)',
  run: async (say, { against }) => {
    checkPeers();
    const photographs = await makePhotographs(concurrency);
    const contenders = await openContenders(photographs, against);
    try {
      return await measureAll(contenders, say);
    } finally {
      await contenders.close();
    }
  },
};

/** Medians of one round. */
type Round = {
  readonly perSecond: number;
  readonly waitMs: number;
  readonly slowMs: number;
  readonly cpuMs: number;
  readonly singleMs: number;
  readonly slowSingleMs: number;
};

async function measureAll(contenders: Contenders, say: (progress: string) => void): Promise<Row[]> {
  const { worker, edge, inProcess, server, before, workerUrl } = contenders;
  const sides = [
    worker,
    ...Object.values(edge),
    inProcess,
    server,
    ...(before === undefined ? [] : Object.values(before)),
  ];
  const atOnce = (side: Contender) => (side === inProcess ? batchSize : concurrency);
  say(`warming up ${sides.length}`);
  for (const side of sides) {
    await side.run(together / 2, atOnce(side));
    await side.run(singles / 2, 1);
  }
  const results = new Map(sides.map((side) => [side, [] as Round[]]));
  const batches: number[] = [];
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}: ${together} at once and ${singles} singly of each`);
    for (const side of sides) {
      const rows = async () => [await batchMetric(workerUrl, 'sum'), await batchMetric(workerUrl, 'count')];
      const [sumBefore = 0, countBefore = 0] = await rows();
      const measured = await measureRound(side, atOnce(side), async () => {
        const [sum = 0, count = 0] = await rows();
        if (side === edge.new) batches.push((sum - sumBefore) / (count - countBefore));
      });
      results.get(side)?.push(measured);
    }
  }
  const of = (side: Contender) => results.get(side) ?? [];
  return [
    ...sides.flatMap((side) => describe(side, of(side), atOnce(side))),
    ...compare(contenders, of),
    { what: 'rows in a batch, new pictures through the edge', value: median(batches), unit: 'rows' },
  ];
}

function batchMetric(url: string, part: 'sum' | 'count'): Promise<number> {
  return readMetric(url, `icm_batch_rows_${part}`, 'lane="interactive"');
}

/** What a side puts off until after its answers is done before the next one is measured, but for what takes very long. */
async function settle({ cpuMs }: Contender): Promise<void> {
  for (let look = 0; look < 40; look++) {
    const before = cpuMs();
    await delay(200);
    if (!(cpuMs() - before >= 20)) return;
  }
}

async function measureRound(side: Contender, atOnce: number, afterMany: () => Promise<void>): Promise<Round> {
  const cpuBefore = side.cpuMs();
  const many = await side.run(together, atOnce);
  await afterMany();
  await settle(side);
  const cpuMs = (side.cpuMs() - cpuBefore) / together;
  const alone = await side.run(singles, 1);
  await settle(side);
  return {
    perSecond: together / many.seconds,
    waitMs: median(many.latenciesMs),
    slowMs: quantile(many.latenciesMs, 0.95),
    cpuMs,
    singleMs: median(alone.latenciesMs),
    slowSingleMs: quantile(alone.latenciesMs, 0.95),
  };
}

function describe(side: Contender, measured: readonly Round[], atOnce: number): Row[] {
  const middle = (name: keyof Round) => median(measured.map((round) => round[name]));
  const ms = (name: keyof Round) => `${middle(name).toFixed(1)} ms`;
  return [
    {
      what: `${side.name}, ${atOnce === batchSize ? `batches of ${atOnce}` : `${atOnce} at once`}`,
      value: middle('perSecond'),
      unit: '/s',
      note: [
        `median ${ms('waitMs')}, p95 ${ms('slowMs')}; singly ${ms('singleMs')}, p95 ${ms('slowSingleMs')};`,
        `CPU ${middle('cpuMs').toFixed(2)} ms each; at most ${Math.round(side.peakMiB())} MiB`,
      ].join(' '),
    },
  ];
}

function compare(
  { worker, edge, inProcess, server, before }: Contenders,
  of: (side: Contender) => readonly Round[],
): Row[] {
  const ratio = (what: string, name: keyof Round, a: Contender, b: Contender, bar?: Bar): Row => {
    const [above, below] = [a, b].map((side) => of(side).map((round) => round[name])) as [number[], number[]];
    return {
      what,
      value: medianRatio(above, below),
      unit: 'ratio',
      note: `${median(above).toFixed(1)} / ${median(below).toFixed(1)}`,
      ...(bar === undefined ? {} : { bar }),
    };
  };
  const rows = [
    ratio('new picture singly, median: edge / Hono', 'singleMs', edge.new, server, { atMost: 0.8 }),
    ratio('new pictures a second: edge / Hono', 'perSecond', edge.new, server, { atLeast: 1.6 }),
    ratio('new pictures a second: edge / in process', 'perSecond', edge.new, inProcess, { atLeast: 1.1 }),
    ratio('pictures a second: worker / in process', 'perSecond', worker, inProcess, { atLeast: 1.8 }),
    ratio('CPU a picture: worker / in process', 'cpuMs', worker, inProcess, { atMost: 0.8 }),
    ratio('CPU a new picture: edge and worker / Hono', 'cpuMs', edge.new, server),
  ];
  if (before === undefined) return rows;
  const kinds = ['new', 'repeated', 'embeddings'] as const;
  return [
    ...rows,
    ...kinds.flatMap((kind) => [
      ratio(`${kind} a second: now / before`, 'perSecond', edge[kind], before[kind]),
      ratio(`${kind} singly, median: now / before`, 'singleMs', edge[kind], before[kind]),
      ratio(`${kind}, CPU each: now / before`, 'cpuMs', edge[kind], before[kind]),
    ]),
  ];
}
