// The same fit over several numbers of workers and sizes of shards: the same selection, the same statistics up to rounding,
// and how the work was spread.

import { type Artefact, decodeArtefact } from '#shared/codec/icm-file.ts';
import { decodeStatistics, type StatisticsFile } from '#shared/codec/stats-file.ts';
import { formatTable } from '../../cli/terminal/output.ts';
import { largestDifference } from '../support/statistics-difference.ts';
import { readMetric } from '../support/worker-metric.ts';
import {
  datasetName,
  distinctPictures,
  fitted,
  makeTenant,
  temporaryDirectory,
  uploadPictures,
  waitForEnd,
} from './support/load-tenant.ts';
import { type LoadStack, openStack } from './support/open-stack.ts';

const workerCounts = [1, 2, 4];
const shardSizes = [8, 64, 512];
/** Few, because every shard costs a file of sums for each. */
const styles = ['noto', 'twemoji', 'fxemoji'];
const tolerance = 1e-9;
const endTimeoutMs = 600_000;

type Fitted = {
  readonly artefact: Artefact;
  readonly statistics: StatisticsFile;
  readonly shards: number;
  readonly seconds: number;
  readonly encodedBy: readonly number[];
};

export async function compareShards({ pictures }: { readonly pictures: number }): Promise<boolean> {
  const rows: (string | number)[][] = [];
  let reference: Fitted | undefined;
  for (const workers of workerCounts) {
    for (const size of shardSizes) {
      process.stderr.write(`${pictures} pictures over ${workers} workers in shards of ${size}\n`);
      const made = await fitOver(workers, size, pictures);
      reference ??= made;
      rows.push(compare(made, reference, workers, size));
    }
  }
  const columns = [
    'workers',
    'shard',
    'shards',
    'encoded by each',
    's',
    'content',
    'largest difference',
    'selection',
    '',
  ];
  process.stdout.write(`\n${formatTable(columns, rows, 'nothing fitted')}\n`);
  const bad = rows.filter((row) => row.at(-1) !== 'ok').length;
  process.stdout.write(
    `\n${rows.length} fits of ${pictures} pictures, ${bad} not as the first (statistics to ${tolerance}, same selection)\n`,
  );
  return bad === 0;
}

function compare(made: Fitted, reference: Fitted, workers: number, size: number): (string | number)[] {
  const difference = largestDifference(made.statistics, reference.statistics);
  const isSame = choice(made) === choice(reference);
  return [
    workers,
    size,
    made.shards,
    made.encodedBy.join(' + '),
    Number(made.seconds.toFixed(1)),
    made.artefact.header.contentHash.slice(0, 12),
    difference === 0 ? '0' : difference.toExponential(1),
    isSame ? 'same' : 'ANOTHER',
    isSame && difference <= tolerance ? 'ok' : 'DIFFERS',
  ];
}

/** What was chosen for each head; scores beside it may differ in the last bits. */
function choice({ artefact }: Fitted): string {
  const { header } = artefact;
  if (header.format === 'icm/1') throw new Error('fitted by this code');
  const modes = header.report.heads.map(({ head, profiled, unprofiled }) =>
    [profiled, unprofiled].map(({ choice, estimator, lambda, dimension, centred }) => [
      head,
      choice,
      estimator,
      lambda,
      dimension,
      centred,
    ]),
  );
  return JSON.stringify(modes);
}

async function fitOver(workers: number, size: number, pictures: number): Promise<Fitted> {
  const stateDirectory = await temporaryDirectory();
  const stack = await openStack({ stateDirectory, workers, bindings: { SHARD_MAX_ITEMS: String(size) } });
  try {
    const tenant = await makeTenant(stack, 'shards');
    await uploadPictures(tenant, distinctPictures(pictures, styles));
    const startedMs = performance.now();
    const { job } = await tenant.client.projections.fit({
      name: 'shards',
      datasets: [datasetName],
      seed: 7,
      interventions: [{ name: 'grayscale' }],
    });
    const ended = await waitForEnd(tenant.client, job.id, endTimeoutMs);
    const seconds = (performance.now() - startedMs) / 1000;
    const { id } = await fitted(tenant, ended);
    const artefact = await decodeArtefact(await tenant.client.projections.download(id));
    const statistics = await decodeStatistics(await statisticsOf(stack, id));
    if (!artefact.ok || !statistics.ok) throw new Error('the files of the fit cannot be read');
    const [counted] = stack.rows<{ shards: number }>('SELECT COUNT(*) AS shards FROM job_shards');
    const encodedBy = await Promise.all(
      stack.workerUrls.map((url) => readMetric(url, 'icm_pictures_encoded_total')),
    );
    return {
      artefact: artefact.value,
      statistics: statistics.value,
      shards: counted?.shards ?? 0,
      seconds,
      encodedBy,
    };
  } finally {
    await stack.close();
  }
}

async function statisticsOf(stack: LoadStack, projectionId: string): Promise<Uint8Array<ArrayBuffer>> {
  const [row] = stack.rows<{ key: string }>(
    `SELECT statistics_key AS key FROM projections WHERE id = '${projectionId}'`,
  );
  return stack.object(row?.key ?? '');
}
