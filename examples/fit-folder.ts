// Fit a projection from a folder of pictures, DIR/environment/class/file, and say what it chose and why.
//
//   node examples/fit-folder.ts DIR emoji

import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from 'clip-icm/client';
import { findService } from './service.ts';

const [directory = 'samples/emoji', name = 'emoji'] = process.argv.slice(2);
const client = createClient(findService());

const files = await readdir(directory, { recursive: true });
const pictures = files.flatMap((file) => {
  const [environment, label, filename, ...more] = file.split(path.sep);
  if (environment === undefined || label === undefined || filename === undefined || more.length > 0)
    return [];
  return [
    { environment, class: label, filename, data: new Uint8Array(readFileSync(path.join(directory, file))) },
  ];
});

await client.datasets.create({ name });
const { added, skipped } = await client.datasets.uploadTree(name, pictures);
console.log(`${added} pictures uploaded, ${skipped.length} not taken`);

const { job } = await client.projections.fit({ name, datasets: [name], templates: ['an emoji of a {}'] });
await client.jobs.wait(job.id, {
  onProgress: ({ stage, progress }) => console.log(stage, progress.done, 'of', progress.total),
});

const report = await client.projections.report(name);
if (!('sources' in report)) throw new Error('this projection was made by an older version');
for (const { head, unprofiled, profiled } of report.heads) {
  console.log(`${head}, without a profile: ${unprofiled.reason}`);
  console.log(`${head}, with a profile: ${profiled.reason}`);
}
