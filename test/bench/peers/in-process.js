// transformers.js without a server: encodes pictures that lie in memory, as many at once as it is told, and says how long each
// waited. Arguments: the model's directory, the directory of the pictures. Speaks over Node's channel to its parent.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openClip } from './transformers.js';

const [, , modelDirectory, picturesDirectory] = process.argv;
const pictures = readdirSync(picturesDirectory)
  .sort()
  .map((name) => readFileSync(path.join(picturesDirectory, name)));
const clip = await openClip(modelDirectory);

process.on('message', async ({ count, batchSize }) => {
  const latenciesMs = [];
  for (let from = 0; from < count; from += batchSize) {
    const batch = Array.from(
      { length: Math.min(batchSize, count - from) },
      (_, at) => pictures[(from + at) % pictures.length],
    );
    const startedMs = performance.now();
    await clip.embedPictures(batch);
    const ms = performance.now() - startedMs;
    for (const _ of batch) latenciesMs.push(ms);
  }
  process.send({ latenciesMs });
});
process.send({ ready: true });
