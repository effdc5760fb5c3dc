// A worker's memory over one long fit of many pictures: flat once it has warmed up, or not.

import { setTimeout as delay } from 'node:timers/promises';
import { formatTable } from '../../cli/terminal/output.ts';
import { median } from '../bench/measure.ts';
import {
  datasetName,
  distinctPictures,
  fitted,
  makeTenant,
  temporaryDirectory,
  uploadPictures,
} from './support/load-tenant.ts';
import { openStack } from './support/open-stack.ts';
import { residentMebibytes } from './support/process-use.ts';

/** Of the pictures, encoded before anything is judged: pools, arenas and the collector have found their size by then. */
const warmUpShare = 0.2;
const tolerance = 0.1;
const rowsShown = 20;

type Sample = { readonly seconds: number; readonly done: number; readonly mebibytes: number };

export async function measureMemory({ pictures }: { readonly pictures: number }): Promise<boolean> {
  const stateDirectory = await temporaryDirectory();
  const stack = await openStack({ stateDirectory });
  const tenant = await makeTenant(stack, 'memory');
  process.stderr.write(`uploading ${pictures} pictures\n`);
  await uploadPictures(tenant, distinctPictures(pictures));
  const [pid] = await stack.workerPids();
  const { job } = await tenant.client.projections.fit({
    name: 'memory',
    datasets: [datasetName],
    interventions: [{ name: 'grayscale' }],
  });
  const samples: Sample[] = [];
  const startedMs = performance.now();
  for (;;) {
    const { stage, progress, finishedAt } = await tenant.client.jobs.get(job.id);
    const seconds = (performance.now() - startedMs) / 1000;
    if (stage === 'encode') {
      samples.push({ seconds, done: progress.done, mebibytes: await residentMebibytes(pid) });
      process.stderr.write(`\r${progress.done} of ${progress.total} after ${seconds.toFixed(0)} s `);
    }
    if (finishedAt !== undefined) break;
    await delay(1000);
  }
  await fitted(tenant, await tenant.client.jobs.get(job.id));
  await stack.close();
  return report(samples, pictures);
}

/** Medians of stretches of equally many pictures: a single look falls before or after a collection by chance. */
function report(samples: readonly Sample[], pictures: number): boolean {
  const stretches = Array.from({ length: rowsShown }, (_, index) => {
    const [from, to] = [(index * pictures) / rowsShown, ((index + 1) * pictures) / rowsShown];
    const within = samples.filter(({ done }) => done >= from && done < to);
    return { from, to, within };
  }).filter(({ within }) => within.length > 0);
  const rows = stretches.map(({ from, to, within }) => [
    `${from} to ${to}`,
    Math.round(Math.max(...within.map(({ seconds }) => seconds))),
    Math.round(median(within.map(({ mebibytes }) => mebibytes))),
    from < warmUpShare * pictures ? 'warming up' : '',
  ]);
  const columns = ['pictures done', 'until s', 'resident MiB', ''];
  process.stdout.write(`\n${formatTable(columns, rows, 'nothing was measured')}\n`);
  const judged = stretches
    .filter(({ from }) => from >= warmUpShare * pictures)
    .map(({ within }) => median(within.map(({ mebibytes }) => mebibytes)));
  const middle = median(judged);
  const furthest = Math.max(...judged.map((value) => Math.abs(value - middle) / middle));
  const isFlat = furthest <= tolerance;
  process.stdout.write(
    `\nafter the first ${100 * warmUpShare} %: ${Math.round(Math.min(...judged))} to ${Math.round(Math.max(...judged))} MiB, ` +
      `at most ${(100 * furthest).toFixed(1)} % from the middle: ${isFlat ? 'flat' : 'NOT FLAT'}\n`,
  );
  return isFlat;
}
