// Exports of a projection answer as the projection does: an ONNX head by ONNX Runtime, safetensors by the formula.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { chooseFitted, exportOnnxHead } from '#shared/codec/export/onnx-head.ts';
import { exportSafetensors } from '#shared/codec/export/safetensors.ts';
import { type Artefact, decodeArtefact } from '#shared/codec/icm-file.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { classify } from '#shared/math/answer/classify.ts';
import { centreOf, compileHead } from '#shared/math/answer/compiled-head.ts';
import type { FittedHead } from '#shared/math/answer/fitted-head.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { smallDimension as d, smallArtefact } from '../../support/small-artefact.ts';
import { gaussianRows } from '../math/random.ts';

const labels = ['cat', 'dog', 'polar bear', 'ant'];
const count = 6;

const rows = gaussianRows(count, d, 11);
normaliseRows(rows, d);
const profile = gaussianRows(1, d, 12).map((value) => 0.2 * value);

async function artefactOf(changes: Partial<FittedHead>, mean?: Float32Array): Promise<Artefact> {
  const decoded = await decodeArtefact(await smallArtefact(labels));
  if (!decoded.ok) throw new Error(decoded.error.detail);
  const { profiled, unprofiled } = decoded.value.heads[0] ?? {};
  if (profiled === undefined || unprofiled === undefined) throw new Error('it has both modes');
  const prototypes = unprofiled.prototypes.slice();
  normaliseRows(prototypes, 3);
  const changed = ({ projection, ...head }: FittedHead): FittedHead => ({
    ...head,
    ...(changes.estimator === 'identity' || projection === undefined ? {} : { projection }),
    temperature: 2.5,
    prototypes,
    ...changes,
  });
  const head = changes.head ?? 'zero-shot';
  return {
    ...decoded.value,
    ...(mean === undefined ? {} : { mean }),
    heads: [{ head, profiled: changed(profiled), unprofiled: changed(unprofiled) }],
  };
}

const probe = {
  head: 'probe',
  featureScale: 10,
  weights: gaussianRows(labels.length, 3, 21),
  bias: gaussianRows(1, labels.length, 22),
} as const;
const cases: [string, Partial<FittedHead>, 'profiled' | 'unprofiled'][] = [
  ['a head with a profile', {}, 'profiled'],
  ['a head without', {}, 'unprofiled'],
  ['a head centred on the sources', { centred: true }, 'unprofiled'],
  ['a probe with a profile', probe, 'profiled'],
  [
    'plain CLIP, with the identity',
    { estimator: 'identity', dimension: d, prototypes: unitRows(labels.length, d, 5), centred: true },
    'profiled',
  ],
];

function unitRows(n: number, dimension: number, seed: number): Float32Array {
  const unit = gaussianRows(n, dimension, seed);
  normaliseRows(unit, dimension);
  return unit;
}

function ownAnswer(artefact: Artefact, mode: 'profiled' | 'unprofiled') {
  const fitted = chooseFitted(artefact, { head: undefined, mode });
  if (fitted === undefined) throw new Error('it has the head');
  const compiled = compileHead(fitted, d, artefact.mean);
  const centre = mode === 'profiled' && fitted.centred ? centreOf(compiled, profile) : compiled.centre;
  return { fitted, answer: classify(compiled, rows, count, centre) };
}

describe.each(cases)('%s', (_name, changes, mode) => {
  it('is answered by ONNX Runtime as it is here', async () => {
    const artefact = await artefactOf(changes);
    const { fitted, answer } = ownAnswer(artefact, mode);
    const session = await InferenceSession.create(joinBytes(exportOnnxHead(artefact, fitted, mode)));
    const wanted = mode === 'profiled' && fitted.centred ? ['embedding', 'mean'] : ['embedding'];
    expect([...session.inputNames]).toEqual(wanted);
    const all = {
      embedding: new Tensor('float32', rows, [count, d]),
      mean: new Tensor('float32', profile, [d]),
    };
    const { probabilities, scores } = await session.run(
      Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name))),
    );
    expect(largestDifference(probabilities?.data, answer.probabilities)).toBeLessThan(1e-5);
    expect(largestDifference(scores?.data, answer.scores)).toBeLessThan(1e-5);
  });

  it('is in the safetensors file, with all that the formula needs', async () => {
    const artefact = await artefactOf(changes);
    const { answer } = ownAnswer(artefact, mode);
    const { tensor, metadata } = readSafetensors(joinBytes(exportSafetensors(artefact)));
    expect(JSON.parse(metadata.labels ?? '')).toEqual(labels);
    const name = `${artefact.heads[0]?.head}.${mode}`;
    const by = JSON.parse(metadata[name] ?? '');
    const mean = mode === 'profiled' ? profile : (tensor('mean')?.data ?? []);
    const probabilities = Array.from({ length: count }, (_, row) => {
      const moved = [...rows.subarray(row * d, (row + 1) * d)].map(
        (x, i) => x - (by.centred ? (mean[i] ?? 0) : 0),
      );
      const projected = Float32Array.from(product(tensor(`${name}.projection`), moved));
      normaliseRows(projected, projected.length);
      const weights = tensor(`${name}.weights`);
      const bias = tensor(`${name}.bias`)?.data ?? [];
      const logits =
        weights === undefined
          ? product(tensor(`${name}.prototypes`), projected).map((score) => by.logitScale * score)
          : product(
              weights,
              projected.map((x) => x * by.featureScale),
            ).map((z, c) => z + (bias[c] ?? 0));
      return softmax(logits.map((z) => z / by.temperature));
    }).flat();
    expect(largestDifference(probabilities, answer.probabilities)).toBeLessThan(1e-5);
  });
});

type Matrix = { readonly shape: readonly number[]; readonly data: Float32Array };

/** As a reader of the format would: knows nothing of how it was written. */
function readSafetensors(bytes: Uint8Array<ArrayBuffer>) {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const tensor = (name: string): Matrix | undefined => {
    const info = header[name];
    if (info === undefined) return undefined;
    const [begin, end] = info.data_offsets;
    expect((8 + length + begin) % 4).toBe(0);
    return {
      shape: info.shape,
      data: new Float32Array(bytes.slice(8 + length + begin, 8 + length + end).buffer),
    };
  };
  return { tensor, metadata: header.__metadata__ as Record<string, string | undefined> };
}

function product(matrix: Matrix | undefined, vector: ArrayLike<number>): number[] {
  if (matrix === undefined) return Array.from(vector);
  const [height = 0, width = 0] = matrix.shape;
  return Array.from({ length: height }, (_, row) =>
    Array.from(vector).reduce((sum, x, i) => sum + x * (matrix.data[row * width + i] ?? 0), 0),
  );
}

function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const powers = logits.map((z) => Math.exp(z - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function largestDifference(a: unknown, b: Float32Array): number {
  const values = Array.from(a as ArrayLike<number>);
  expect(values).toHaveLength(b.length);
  return Math.max(...values.map((value, index) => Math.abs(value - (b[index] ?? Number.NaN))));
}
