// node examples/exported-head/onnx.mjs birds.onnx embedding.json
//
// Answers by an exported head (`clip-icm projections download birds birds.onnx --format onnx`) wherever ONNX Runtime is: no
// service, no model. The embedding is a JSON array of unit length, as POST /v1/embeddings gives it.

import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [headFile = '', embeddingFile = ''] = process.argv.slice(2);
const embedding = Float32Array.from(JSON.parse(await readFile(embeddingFile, 'utf8')));
const session = await InferenceSession.create(headFile);
const { probabilities } = await session.run({
  embedding: new Tensor('float32', embedding, [1, embedding.length]),
});
console.log(JSON.stringify([...probabilities.data]));
