// How much a person waits while a fit runs: classifications at a steady rate, alone and beside a fit, through the whole
// stack with one worker.

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
import type { Benchmark } from './benchmark.ts';
import { median, quantile } from './measure.ts';

const fitPictures = 2000;
const perSecond = 5;
const idleSeconds = 20;
const labels = ['cat', 'dog', 'pizza'];

/** Milliseconds of those that were answered, and how many were not. */
type Answered = { readonly times: readonly number[]; readonly failed: number };

export const lanes: Benchmark = {
  name: 'lanes',
  summary: `${perSecond} new pictures classified a second, alone and beside a fit of ${fitPictures}`,
  run: async (say) => {
    const stack = await openLocalStack();
    try {
      return await measure(stack, say);
    } finally {
      await stack.close();
    }
  },
};

async function measure(stack: LocalStack, say: (progress: string) => void) {
  const opened = { url: stack.url, adminSecret: stack.secrets.adminSecret, workerUrls: [] };
  const tenant = await makeTenant(opened, 'lanes');
  say(`uploading ${fitPictures} pictures`);
  await uploadPictures(tenant, distinctPictures(fitPictures));
  const classify = classifier(tenant, stack.url);
  await classify();
  say(`${idleSeconds} s alone`);
  const idleUntilMs = performance.now() + 1000 * idleSeconds;
  const idle = await atRate(classify, () => performance.now() < idleUntilMs);
  say('beside the fit');
  const { job } = await tenant.client.projections.fit({ name: 'lanes', datasets: [datasetName] });
  const startedMs = performance.now();
  let isFitting = true;
  const fitted = tenant.client.jobs.wait(job.id).finally(() => {
    isFitting = false;
  });
  const busy = await atRate(classify, () => isFitting);
  await fitted;
  const seconds = (performance.now() - startedMs) / 1000;
  const [alone, beside] = [median(idle.times), median(busy.times)];
  return [
    { what: 'median alone', value: alone, unit: 'ms', note: `${idle.times.length} pictures` },
    { what: 'median beside the fit', value: beside, unit: 'ms', note: `${busy.times.length} pictures` },
    { what: 'beside / alone', value: beside / alone, unit: 'ratio', bar: { atMost: 3 } },
    { what: '95th percentile alone', value: quantile(idle.times, 0.95), unit: 'ms' },
    { what: '95th percentile beside the fit', value: quantile(busy.times, 0.95), unit: 'ms' },
    { what: 'not answered', value: idle.failed + busy.failed, unit: 'pictures', bar: { atMost: 0 } },
    {
      what: 'the fit',
      value: fitPictures / seconds,
      unit: 'pictures/s',
      note: `${seconds.toFixed(0)} s in all`,
    },
  ];
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
async function atRate(task: () => Promise<number>, goesOn: () => boolean): Promise<Answered> {
  const running: Promise<number>[] = [];
  const startMs = performance.now();
  while (goesOn()) {
    running.push(task());
    const nextMs = startMs + (1000 * running.length) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
  }
  const ended = await Promise.allSettled(running);
  const times = ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  return { times, failed: ended.length - times.length };
}
