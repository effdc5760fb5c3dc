// The picture half of a CLIP in the browser: the model's files by their addresses, our own preprocessing, ONNX Runtime's
// WebAssembly. Sends nothing.

import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { type Preprocessing, preparedLength, preprocess } from '#shared/pixels/preprocess.ts';
import { decodePicture } from './decode.ts';

export type BrowserEncoder = (picture: Blob) => Promise<Float32Array<ArrayBuffer>>;

/** Of a model in the layout of transformers.js below `directory`. What it answers has unit length, as the service wants it. */
export async function openEncoder(directory: string): Promise<BrowserEncoder> {
  ort.env.wasm.wasmPaths = { wasm: wasmUrl };
  // More threads need a page that is isolated from others, which few are.
  ort.env.wasm.numThreads = 1;
  const [preprocessing, session] = await Promise.all([
    readPreprocessing(`${directory}/preprocessor_config.json`),
    ort.InferenceSession.create(`${directory}/onnx/vision_model.onnx`),
  ]);
  return async (picture) => {
    const values = new Float32Array(preparedLength(preprocessing));
    preprocess(await decodePicture(picture), preprocessing, values, 0);
    const { width, height } = preprocessing.crop;
    const pixels = new ort.Tensor('float32', values, [1, 3, height, width]);
    const { image_embeds: embeds } = await session.run({ pixel_values: pixels });
    const embedding = Float32Array.from((await embeds?.getData()) as Float32Array);
    normaliseRows(embedding, embedding.length);
    return embedding;
  };
}

/** Of CLIP's own image processor; the worker reads more kinds. */
async function readPreprocessing(address: string): Promise<Preprocessing> {
  const file = await (await fetch(address)).json();
  return {
    resize: { shorterSide: file.size.shortest_edge },
    filter: 'bicubic',
    crop: file.crop_size,
    rescale: file.rescale_factor,
    mean: file.image_mean,
    std: file.image_std,
  };
}
