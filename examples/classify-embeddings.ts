// Classify embeddings instead of pictures: nothing is encoded, so this is what the edge answers fastest. Embed once, ask often.
//
//   node examples/classify-embeddings.ts emoji samples/emoji/twemoji/cat/cat.png samples/emoji/twemoji/whale/whale.png

import { readFileSync } from 'node:fs';
import { createClient } from 'clip-icm/client';
import { findService } from './service.ts';

const [projection = 'emoji', ...files] = process.argv.slice(2);
const client = createClient(findService());

const input = files.map((file) => ({ image: readFileSync(file).toString('base64') }));
const { data } = await client.embeddings.create({ input });
const rows = Float32Array.from(data.flatMap(({ embedding }) => (Array.isArray(embedding) ? embedding : [])));

const { results, servedBy } = await client.classifications.embeddings(rows, { projection, topK: 1 });
for (const result of results) {
  if ('error' in result) console.log(files[result.index], result.error.detail);
  else console.log(files[result.index], result.label, result.probability.toFixed(3));
}
console.log(`the projection came from ${servedBy}`);
