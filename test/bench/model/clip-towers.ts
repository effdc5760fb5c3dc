// The two towers of CLIP as OpenAI built them, in the operators of a usual export: patches by convolution, a class token, layers
// of attention and quick-GELU; causal attention and the end token's position for texts.

import { createOnnxGraph, type OnnxGraph, type Value } from '#shared/codec/export/onnx-graph.ts';
import type { Message } from '#shared/codec/export/protobuf.ts';
import { createRandomWeights, type RandomWeights } from './random-weights.ts';

export type TowerShape = {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** d, the length of an embedding. */
  readonly dimension: number;
};
export type VisionShape = TowerShape & { readonly imageSize: number; readonly patchSize: number };
export type TextShape = TowerShape & { readonly contextLength: number; readonly vocabularySize: number };

/** `pixel_values` [batch, 3, s, s] to `image_embeds` [batch, d]. */
export function encodeVisionTower(shape: VisionShape, seed: number): Message {
  const graph = createOnnxGraph();
  const tower = createLayers(graph, createRandomWeights(seed), shape);
  const { width, imageSize, patchSize } = shape;
  const pixels = graph.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize]);
  const kernel = tower.weights([width, 3, patchSize, patchSize], 1 / Math.sqrt(3 * patchSize ** 2));
  const patches = graph.node('Conv', [pixels, kernel], { strides: [patchSize, patchSize] });
  const count = (imageSize / patchSize) ** 2;
  const flat = graph.node('Reshape', [patches, graph.integers([0, width, count])]);
  const rows = graph.node('Transpose', [flat], { perm: [0, 2, 1] });
  const batch = graph.node('Slice', [
    graph.node('Shape', [pixels]),
    ...[[0], [1]].map((at) => graph.integers(at)),
  ]);
  const wanted = graph.node('Concat', [batch, graph.integers([1, width])], { axis: 0 });
  const classToken = graph.node('Expand', [tower.weights([1, 1, width], 0.02), wanted]);
  const tokens = graph.node('Concat', [classToken, rows], { axis: 1 });
  const placed = graph.node('Add', [tokens, tower.weights([1, count + 1, width], 0.02)]);
  const last = tower.layers(tower.normalise(placed), count + 1);
  const first = graph.node('Gather', [last, graph.integers([0], [])], { axis: 1 });
  const embeds = graph.node('MatMul', [tower.normalise(first), tower.matrix(width, shape.dimension)]);
  graph.output('image_embeds', embeds, ['batch', shape.dimension]);
  return graph.encode();
}

/** `input_ids` [batch, contextLength] to `text_embeds` [batch, d]. */
export function encodeTextTower(shape: TextShape, seed: number): Message {
  const graph = createOnnxGraph();
  const tower = createLayers(graph, createRandomWeights(seed), shape);
  const { width, contextLength, vocabularySize } = shape;
  const ids = graph.input('input_ids', 'int64', ['batch', contextLength]);
  const words = graph.node('Gather', [tower.weights([vocabularySize, width], 0.02), ids], { axis: 0 });
  const placed = graph.node('Add', [words, tower.weights([1, contextLength, width], 0.01)]);
  const mask = graph.weights([1, 1, contextLength, contextLength], causalMask(contextLength));
  const last = tower.normalise(tower.layers(placed, contextLength, mask));
  // The end token has the largest id of all, so that is where it stands.
  const end = graph.node('ArgMax', [ids], { axis: 1, keepdims: 1 });
  const pooled = graph.node('GatherND', [last, end], { batch_dims: 1 });
  const embeds = graph.node('MatMul', [pooled, tower.matrix(width, shape.dimension)]);
  graph.output('text_embeds', embeds, ['batch', shape.dimension]);
  return graph.encode();
}

function causalMask(length: number): Float32Array {
  return Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e9 : 0,
  );
}

function createLayers(graph: OnnxGraph, random: RandomWeights, { width, layers, heads }: TowerShape) {
  const weights = (sides: readonly number[], standardDeviation: number): Value =>
    graph.weights(
      sides,
      random.spread(
        sides.reduce((product, side) => product * side, 1),
        standardDeviation,
      ),
    );
  const matrix = (rows: number, columns: number): Value => weights([rows, columns], 1 / Math.sqrt(rows));
  const normalise = (value: Value): Value =>
    graph.node(
      'LayerNormalization',
      [value, graph.weights([width], random.constant(width, 1)), weights([width], 0.02)],
      { axis: -1, epsilon: { float: 1e-5 } },
    );
  const linear = (value: Value, from: number, to: number): Value =>
    graph.node('Add', [graph.node('MatMul', [value, matrix(from, to)]), weights([to], 0.02)]);
  const scalar = (value: number): Value => graph.weights([], Float32Array.of(value));

  function attention(value: Value, length: number, mask: Value | undefined): Value {
    const side = width / heads;
    const split = (from: Value, perm: readonly number[]) =>
      graph.node('Transpose', [graph.node('Reshape', [from, graph.integers([0, length, heads, side])])], {
        perm,
      });
    const query = graph.node('Mul', [linear(value, width, width), scalar(side ** -0.5)]);
    const keys = split(linear(value, width, width), [0, 2, 3, 1]);
    const values = split(linear(value, width, width), [0, 2, 1, 3]);
    const scores = graph.node('MatMul', [split(query, [0, 2, 1, 3]), keys]);
    const masked = mask === undefined ? scores : graph.node('Add', [scores, mask]);
    const mixed = graph.node('MatMul', [graph.node('Softmax', [masked], { axis: -1 }), values]);
    const joined = graph.node('Transpose', [mixed], { perm: [0, 2, 1, 3] });
    return linear(graph.node('Reshape', [joined, graph.integers([0, length, width])]), width, width);
  }

  function feedForward(value: Value): Value {
    const wide = linear(value, width, 4 * width);
    const gate = graph.node('Sigmoid', [graph.node('Mul', [wide, scalar(1.702)])]);
    return linear(graph.node('Mul', [wide, gate]), 4 * width, width);
  }

  return {
    weights,
    matrix,
    normalise,
    /** [batch, length, width] to the same. */
    layers(value: Value, length: number, mask?: Value): Value {
      let stream = value;
      for (let layer = 0; layer < layers; layer++) {
        stream = graph.node('Add', [stream, attention(normalise(stream), length, mask)]);
        stream = graph.node('Add', [stream, feedForward(normalise(stream))]);
      }
      return stream;
    },
  };
}
