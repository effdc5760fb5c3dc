// What is in this picture? With fetch alone: no package, no projection, labels made up on the spot.
//
//   node examples/classify-picture.ts samples/emoji/noto/cat/cat.png cat dog pizza

import { readFileSync } from 'node:fs';
import { findService } from './service.ts';

const [file = 'samples/emoji/noto/cat/cat.png', ...labels] = process.argv.slice(2);
const { url, key } = findService();

const query = new URLSearchParams([
  ...labels.map((label) => ['labels', label]),
  ['templates', 'an emoji of a {}'],
  ['topK', '3'],
]);
const response = await fetch(`${url}/v1/classifications?${query}`, {
  method: 'POST',
  headers: { authorization: `Bearer ${key}`, 'content-type': 'image/png' },
  body: readFileSync(file),
});
if (!response.ok) throw new Error(await response.text());

const { results } = await response.json();
for (const { label, probability } of results[0].predictions)
  console.log(`${probability.toFixed(3)}  ${label}`);
