// node examples/exported-head/safetensors.mjs birds.safetensors embedding.json
//
// The same from the tensors alone, by the formula of docs/method.md, for a zero-shot head without a profile:
// softmax(scale / temperature · prototypes · normalise(P (x - mean))).

import { readFile } from 'node:fs/promises';

const [file = '', embeddingFile = ''] = process.argv.slice(2);
const bytes = await readFile(file);
const headerLength = Number(bytes.readBigUInt64LE(0));
const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));

function tensor(name) {
  if (tensors[name] === undefined) return undefined;
  const [begin, end] = tensors[name].data_offsets.map((offset) => 8 + headerLength + offset);
  const [, width = 1] = tensors[name].shape;
  const values = new Float32Array(new Uint8Array(bytes.subarray(begin, end)).buffer);
  return { values, width };
}

function product({ values, width }, vector) {
  return Array.from({ length: values.length / width }, (_, row) =>
    vector.reduce((sum, x, i) => sum + x * values[row * width + i], 0),
  );
}

const embedding = JSON.parse(await readFile(embeddingFile, 'utf8'));
const { centred, logitScale, temperature } = JSON.parse(metadata['zero-shot.unprofiled']);
const mean = centred ? tensor('mean').values : [];
const moved = embedding.map((x, i) => x - (mean[i] ?? 0));
const projection = tensor('zero-shot.unprofiled.projection');
const projected = projection === undefined ? moved : product(projection, moved);
const norm = Math.hypot(...projected) || 1;
const scores = product(
  tensor('zero-shot.unprofiled.prototypes'),
  projected.map((x) => x / norm),
);
const powers = scores.map((score) => Math.exp((logitScale / temperature) * (score - Math.max(...scores))));
const sum = powers.reduce((total, power) => total + power, 0);
console.log(JSON.stringify(powers.map((power) => power / sum)));
