// A head of a projection as an ONNX model, to answer anywhere that ONNX runs: `embedding` [n, d] in (of unit length, as the
// model gives it), `probabilities` and `scores` [n, c] out. The profiled mode takes `mean` [d] besides, that of the
// environment. Opset 17. What it computes is described in shared/math/answer/classify.ts.

import type { FittedHead, ModeName } from '../../math/answer/fitted-head.ts';
import type { Artefact } from '../icm-file.ts';
import { createOnnxGraph, type OnnxGraph, type Value } from './onnx-graph.ts';

/** Keeps a row of zeros from becoming a division by zero. */
const smallestNorm = 1e-12;

export type HeadChoice = { readonly head: string | undefined; readonly mode: ModeName };

/** Without a name: the first head that was fitted. `undefined` where there is none such. */
export function chooseFitted(artefact: Artefact, { head, mode }: HeadChoice): FittedHead | undefined {
  const modes = artefact.heads.find((each) => head === undefined || each.head === head);
  return modes?.[mode];
}

/** The file in pieces, of which the large ones are the artefact's own arrays. */
export function exportOnnxHead(
  artefact: Artefact,
  fitted: FittedHead,
  mode: ModeName,
): readonly Uint8Array[] {
  const { header, mean } = artefact;
  const d = header.embeddingDimension;
  const graph = createOnnxGraph({
    'clip-icm.labels': JSON.stringify(header.labels),
    'clip-icm.model': header.model.id,
    'clip-icm.model.revision': header.model.revision,
    'clip-icm.head': fitted.head,
    'clip-icm.mode': mode,
    'clip-icm.estimator': fitted.estimator,
  });
  const embedding = graph.input('embedding', 'float32', ['n', d]);
  const centre = fitted.centred ? centreOf(graph, mode, mean, d) : undefined;
  const moved = centre === undefined ? embedding : graph.node('Sub', [embedding, centre]);
  const unit = normalise(graph, project(graph, fitted, moved, d));
  const c = fitted.prototypes.length / fitted.dimension;
  const prototypes = graph.weights([c, fitted.dimension], fitted.prototypes);
  const scores = graph.node('Gemm', [unit, prototypes], { transB: 1 });
  const logits = logitsOf(graph, fitted, unit, scores, c);
  const cooled = times(graph, logits, 1 / fitted.temperature);
  graph.output('probabilities', graph.node('Softmax', [cooled], { axis: -1 }), ['n', c]);
  graph.output('scores', scores, ['n', c]);
  return graph.encode().chunks;
}

function centreOf(
  graph: OnnxGraph,
  mode: ModeName,
  mean: Float32Array | undefined,
  d: number,
): Value | undefined {
  if (mode === 'profiled') return graph.input('mean', 'float32', [d]);
  return mean === undefined ? undefined : graph.weights([d], mean);
}

function project(graph: OnnxGraph, fitted: FittedHead, rows: Value, d: number): Value {
  if (fitted.projection === undefined || fitted.estimator === 'identity') return rows;
  return graph.node('Gemm', [rows, graph.weights([fitted.dimension, d], fitted.projection)], { transB: 1 });
}

function normalise(graph: OnnxGraph, rows: Value): Value {
  const norms = graph.node('ReduceL2', [rows], { axes: [1], keepdims: 1 });
  return graph.node('Div', [rows, graph.node('Max', [norms, scalar(graph, smallestNorm)])]);
}

function logitsOf(graph: OnnxGraph, fitted: FittedHead, unit: Value, scores: Value, c: number): Value {
  const { weights, bias, featureScale = 1, dimension, logitScale } = fitted;
  if (weights === undefined || bias === undefined) return times(graph, scores, logitScale);
  const features = times(graph, unit, featureScale);
  return graph.node('Gemm', [features, graph.weights([c, dimension], weights), graph.weights([c], bias)], {
    transB: 1,
  });
}

function times(graph: OnnxGraph, value: Value, factor: number): Value {
  return graph.node('Mul', [value, scalar(graph, factor)]);
}

function scalar(graph: OnnxGraph, value: number): Value {
  return graph.weights([1], Float32Array.of(value));
}
