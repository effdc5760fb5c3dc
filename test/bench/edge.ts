// What the edge adds to a request: classifications of embeddings against a bare route of the same framework in the same
// workerd. And what it weighs.

import { gaussianRows } from '../shared/math/random.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { bundleKiB, startUpCpuMs } from './edge/bundle.ts';
import { type Call, type Load, load, loadEvenly } from './edge/load.ts';
import { openSideBySide, type SideBySide } from './edge/open-side-by-side.ts';
import { alternate, median, medianRatio, quantile } from './measure.ts';
import { cpuMs, descendants } from './processes.ts';

const shape = { dimension: 512, kept: 256, labels: 100 };
const rounds = 5;
const seconds = 4;

type Form = 'float32' | 'json';

export const edge: Benchmark = {
  name: 'edge',
  summary: `classify an embedding, d = ${shape.dimension}, k = ${shape.kept}, ${shape.labels} labels`,
  run: async (say) => {
    const both = await openSideBySide(shape);
    try {
      await teachAnswer(both);
      const rows: Row[] = [];
      for (const [form, bar] of [
        ['float32', 0.65],
        ['json', 0.6],
      ] as const) {
        say(
          `${form}: ${rounds} rounds of ${seconds} s on each side, then at a quarter and at half of the peak`,
        );
        const peak = await comparePeaks(both, form);
        rows.push({ what: `${form}: requests a second, edge / bare`, bar: { atLeast: bar }, ...peak.row });
        for (const [part, of] of [
          ['a quarter', 4],
          ['half', 2],
        ] as const) {
          rows.push({
            what: `${form}: p99 at ${part} of peak, edge / bare`,
            bar: { atMost: 1.5 },
            ...(await compareTails(both, form, peak.perSecond / of)),
          });
        }
      }
      say(`with a profile and without: ${rounds} rounds of ${seconds} s each`);
      rows.push(await compareProfile(both));
      say('the bundle, and the CPU of its start');
      rows.push({ what: 'bundle, gzipped', value: await bundleKiB(), unit: 'KiB', bar: { atMost: 400 } });
      rows.push({ what: 'start-up CPU', value: await startUpCpuMs(), unit: 'ms' });
      return rows;
    } finally {
      await both.close();
    }
  },
};

function callOf({ edgeUrl, bareUrl, key }: SideBySide, side: 'edge' | 'bare', form: Form): Call {
  const embedding = gaussianRows(1, shape.dimension, 7);
  const url = `${side === 'edge' ? edgeUrl : bareUrl}/v1/classifications`;
  const headers = { authorization: `Bearer ${key}` };
  return form === 'json'
    ? {
        url,
        headers: { ...headers, 'content-type': 'application/json' },
        body: Buffer.from(
          JSON.stringify({ projection: 'benchmark', inputs: [{ embedding: [...embedding] }] }),
        ),
      }
    : {
        url: `${url}?projection=benchmark`,
        headers: { ...headers, 'content-type': 'application/octet-stream' },
        body: Buffer.from(embedding.buffer),
      };
}

/** Both sides answer the same bytes from here on. */
async function teachAnswer(both: SideBySide): Promise<void> {
  const answer = await ask(callOf(both, 'edge', 'json'));
  await fetch(`${both.bareUrl}/answer`, { method: 'PUT', body: answer });
  if ((await ask(callOf(both, 'bare', 'json'))) !== answer)
    throw new Error('the two sides answer differently');
}

async function ask({ url, headers, body }: Call): Promise<string> {
  const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
  return answer.text();
}

async function comparePeaks(both: SideBySide, form: Form) {
  const calls = { edge: callOf(both, 'edge', form), bare: callOf(both, 'bare', form) };
  // Compiled by the time they are measured.
  for (const call of Object.values(calls)) await load(call, 2);
  const cpu = { edge: [] as number[], bare: [] as number[] };
  const peak = (side: 'edge' | 'bare') => async () => {
    const { result, cpuMs: spentMs } = await withCpu(() => load(calls[side], seconds));
    cpu[side].push((1000 * spentMs) / result.latenciesMs.length);
    return result.perSecond;
  };
  const perSecond = await alternate({ edge: peak('edge'), bare: peak('bare') }, rounds);
  const each = (side: 'edge' | 'bare') =>
    `${Math.round(median(perSecond[side]))} (${Math.round(median(cpu[side]))} µs CPU each)`;
  return {
    perSecond: median(perSecond.edge),
    row: {
      value: medianRatio(perSecond.edge, perSecond.bare),
      unit: 'ratio',
      note: `${each('edge')} / ${each('bare')}`,
    },
  };
}

/** The same projection, whose two modes share their matrices, asked with an environment and without. */
async function compareProfile(both: SideBySide): Promise<Row> {
  const without = callOf(both, 'edge', 'float32');
  const calls = { with: { ...without, url: `${without.url}&environment=place` }, without };
  for (const call of Object.values(calls)) {
    await ask(call);
    await load(call, 2);
  }
  const peak = (call: Call) => async () => (await load(call, seconds)).perSecond;
  const perSecond = await alternate({ with: peak(calls.with), without: peak(calls.without) }, rounds);
  return {
    what: 'float32: requests a second, with a profile / without',
    value: medianRatio(perSecond.with, perSecond.without),
    unit: 'ratio',
    bar: { atLeast: 0.95 },
    note: `${Math.round(median(perSecond.with))} / ${Math.round(median(perSecond.without))}`,
  };
}

/**
 * The slowest hundredth at one rate: of the edge against the bare route's in the same round, since most of either is the runtime's, the
 * machine's and the load's own.
 */
async function compareTails(
  both: SideBySide,
  form: Form,
  perSecond: number,
): Promise<Pick<Row, 'value' | 'unit' | 'note'>> {
  const runs: Record<'edge' | 'bare', Load[]> = { edge: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    // Each goes first in turn: what runs second finds the garbage of the first.
    const sides = round % 2 === 0 ? (['edge', 'bare'] as const) : (['bare', 'edge'] as const);
    for (const side of sides) runs[side].push(await loadEvenly(callOf(both, side, form), seconds, perSecond));
  }
  const at = (side: 'edge' | 'bare', q: number) =>
    runs[side].map(({ latenciesMs }) => quantile(latenciesMs, q));
  const inMs = (side: 'edge' | 'bare') =>
    `${median(at(side, 0.99)).toFixed(2)} ms (median ${median(at(side, 0.5)).toFixed(2)})`;
  return {
    value: medianRatio(at('edge', 0.99), at('bare', 0.99)),
    unit: 'ratio',
    note: `${inMs('edge')} / ${inMs('bare')} at ${Math.round(perSecond)} a second`,
  };
}

/** With the CPU time that workerd spent meanwhile; NaN where the system does not tell. */
async function withCpu<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly cpuMs: number }> {
  const spent = () =>
    descendants('workerd')?.reduce((sum, id) => sum + (cpuMs(id) ?? Number.NaN), 0) ?? Number.NaN;
  const before = spent();
  const result = await work();
  return { result, cpuMs: spent() - before };
}
