// How much a person waits while others are at work: classifications at a steady rate, alone and beside a fit, and those of a ninth
// tenant beside a fit and eight tenants who send as fast as they are answered. Through the whole stack with one worker.

import { createClient } from '#client/client.ts';
import { type LocalStack, openLocalStack } from '../../infra/local/open-local-stack.ts';
import {
  datasetName,
  distinctPictures,
  type LoadTenant,
  makeTenant,
  uploadPictures,
} from '../load/support/load-tenant.ts';
import { samplePicture, withComment } from '../support/pictures.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { quantile } from './measure.ts';

const fitPictures = 2000;
const perSecond = 20;
const [idleSeconds, fitSeconds] = [15, 30];
/** Tenants beside the fit, how many requests each keeps under way, and for how long. */
const [busyTenants, busyAtOnce, busySeconds] = [8, 4, 20];
/** Of the ninth: few enough not to be what is waited for. */
const ninthPerSecond = 4;
const labels = ['cat', 'dog', 'pizza'];

/** Milliseconds of those that were answered, and how many were not. */
type Answered = { readonly times: readonly number[]; readonly failed: number };

export const lanes: Benchmark = {
  name: 'lanes',
  summary: `${perSecond} new pictures a second, alone and beside a fit of ${fitPictures}; a ninth tenant beside eight busy ones`,
  run: async (say) => {
    const stack = await openLocalStack();
    try {
      return await measure(stack, say);
    } finally {
      await stack.close();
    }
  },
};

async function measure(stack: LocalStack, say: (progress: string) => void): Promise<Row[]> {
  const opened = { url: stack.url, adminSecret: stack.secrets.adminSecret, workerUrls: [] };
  const tenant = await makeTenant(opened, 'lanes');
  say(`uploading ${fitPictures} pictures`);
  await uploadPictures(tenant, distinctPictures(fitPictures));
  const classify = classifier(tenant, stack.url);
  for (let warm = 0; warm < perSecond; warm++) await classify();
  say(`${idleSeconds} s alone`);
  const idle = await atRate(classify, perSecond, forSeconds(idleSeconds));
  say(`${fitSeconds} s beside a fit, or until it is done`);
  const fit = await startFit(tenant, 1);
  const isTime = forSeconds(fitSeconds);
  const busy = await atRate(classify, perSecond, () => isTime() && fit.goesOn());
  const fitted = `the fit had ${await fit.rate()} pictures a second`;
  await fit.cancel();
  say(`${busySeconds} s beside another fit and ${busyTenants} busy tenants`);
  const others = await Promise.all(
    Array.from({ length: busyTenants }, (_, index) => makeTenant(opened, `busy ${index}`)),
  );
  const ninth = classifier(await makeTenant(opened, 'the ninth'), stack.url);
  const second = await startFit(tenant, 2);
  const goesOn = forSeconds(busySeconds);
  const [crowd, waited] = await Promise.all([
    Promise.all(others.map((other) => inLoops(classifier(other, stack.url), goesOn))),
    atRate(ninth, ninthPerSecond, goesOn),
  ]);
  await second.cancel();
  const served = crowd.reduce((sum, { times }) => sum + times.length, 0) / busySeconds;
  return [
    ...waits('beside the fit', idle, busy, { median: 3, slow: 5 }, fitted),
    ...waits('the ninth tenant', idle, waited, {}, `the others had ${served.toFixed(1)} a second`),
    { what: 'not answered', value: notAnswered(idle, busy, waited), unit: 'pictures', bar: { atMost: 0 } },
    { what: 'not answered, of the busy', value: notAnswered(...crowd), unit: 'pictures' },
  ];
}

function waits(
  who: string,
  idle: Answered,
  crowded: Answered,
  bars: { readonly median?: number; readonly slow?: number },
  note: string,
): Row[] {
  const compare = (what: string, q: number, atMost: number | undefined): Row => {
    const [alone, beside] = [quantile(idle.times, q), quantile(crowded.times, q)];
    return {
      what: `${who}: ${what} / alone`,
      value: beside / alone,
      unit: 'ratio',
      note: `${beside.toFixed(1)} ms / ${alone.toFixed(1)} ms, ${crowded.times.length} pictures; ${note}`,
      ...(atMost === undefined ? {} : { bar: { atMost } }),
    };
  };
  return [compare('median', 0.5, bars.median), compare('95th percentile', 0.95, bars.slow)];
}

function notAnswered(...all: readonly Answered[]): number {
  return all.reduce((sum, { failed }) => sum + failed, 0);
}

async function startFit({ client }: LoadTenant, seed: number) {
  const { job } = await client.projections.fit({ name: `lanes-${seed}`, datasets: [datasetName], seed });
  const startedMs = performance.now();
  let isFitting = true;
  const ended = client.jobs
    .wait(job.id)
    .catch(() => undefined)
    .then(() => {
      isFitting = false;
    });
  return {
    goesOn: () => isFitting,
    rate: async () => {
      const { progress } = await client.jobs.get(job.id);
      return ((1000 * progress.done) / (performance.now() - startedMs)).toFixed(1);
    },
    cancel: async () => {
      if (isFitting) await client.jobs.cancel(job.id);
      await ended;
    },
  };
}

function forSeconds(seconds: number): () => boolean {
  const untilMs = performance.now() + 1000 * seconds;
  return () => performance.now() < untilMs;
}

/** Milliseconds for a picture that nobody has seen, so that the worker is asked each time. */
function classifier({ key }: LoadTenant, url: string): () => Promise<number> {
  const client = createClient({ url, key });
  const picture = samplePicture('noto', 'cat');
  let next = 0;
  return async () => {
    const fresh = withComment(picture, `lanes ${next++}`);
    const startedMs = performance.now();
    const answer = await client.classifications.picture(fresh, { labels });
    const [result] = answer.results;
    if (result === undefined || 'error' in result || result.embedding !== 'worker') {
      throw new Error(`a new picture was answered without the worker: ${JSON.stringify(answer)}`);
    }
    return performance.now() - startedMs;
  };
}

/** Begins one every 1/rate seconds whether or not the last has ended: who waits does not slow the others down. */
async function atRate(
  task: () => Promise<number>,
  perSecond: number,
  goesOn: () => boolean,
): Promise<Answered> {
  const running: Promise<number>[] = [];
  const startMs = performance.now();
  while (goesOn()) {
    running.push(task());
    const nextMs = startMs + (1000 * running.length) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
  }
  return answered(running);
}

/** As many as are answered, so many under way; who is refused asks again as soon. */
async function inLoops(task: () => Promise<number>, goesOn: () => boolean): Promise<Answered> {
  const running: Promise<number>[] = [];
  const one = async () => {
    while (goesOn()) {
      const asked = task();
      running.push(asked);
      await asked.catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: busyAtOnce }, one));
  return answered(running);
}

async function answered(running: readonly Promise<number>[]): Promise<Answered> {
  const ended = await Promise.allSettled(running);
  const times = ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  return { times, failed: ended.length - times.length };
}
