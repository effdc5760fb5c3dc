// Measure a projection against plain CLIP on labelled pictures that it has not seen, environment by environment.
//
//   node examples/evaluate.ts emoji unseen

import { createClient } from 'clip-icm/client';
import { findService } from './service.ts';

const [projection = 'emoji', dataset = 'unseen'] = process.argv.slice(2);
const client = createClient(findService());

const { evaluation, job } = await client.evaluations.create({ projection, datasets: [dataset] });
await client.jobs.wait(job.id);
const { report } = await client.evaluations.get(evaluation.id);
if (report === undefined) throw new Error('the evaluation has no report');

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
for (const { name, pictures, clip, projection: projected } of report.environments) {
  console.log(
    `${name}: ${pictures} pictures, plain CLIP ${percent(clip.accuracy)}, projection ${percent(projected.accuracy)}`,
  );
}
const { changed, corrected, broken } = report.flips;
console.log(`${changed} answers differ: ${corrected} turned right, ${broken} turned wrong`);
