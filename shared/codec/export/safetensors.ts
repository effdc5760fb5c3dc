// A projection as a safetensors file (github.com/huggingface/safetensors): an uint64 with the length of a JSON header, the
// header, the tensors. For each head and mode `<head>.<mode>.projection` [k, d] (absent: the identity), `.prototypes` [c, k],
// `.weights` [c, k] and `.bias` [c]; `mean` [d] and `source_means` [e, d]. What is no tensor stands in `__metadata__`, as
// texts of JSON: labels, model, and what each mode multiplies by.

import type { FittedHead } from '../../math/answer/fitted-head.ts';
import type { Artefact } from '../icm-file.ts';

type Tensor = { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array };

/** The file in pieces, of which the large ones are the artefact's own arrays. */
export function exportSafetensors(artefact: Artefact): readonly Uint8Array[] {
  const tensors = tensorsOf(artefact);
  let end = 0;
  const entries = tensors.map(({ name, shape, data }) => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const;
  });
  const header = JSON.stringify({ __metadata__: metadataOf(artefact), ...Object.fromEntries(entries) });
  const text = new TextEncoder().encode(header);
  // The tensors begin at a multiple of eight; spaces may follow the header.
  const headerLength = Math.ceil(text.byteLength / 8) * 8;
  const head = new Uint8Array(8 + headerLength).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerLength), true);
  head.set(text, 8);
  return [head, ...tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

function tensorsOf({ header, heads, mean, sources }: Artefact): Tensor[] {
  const d = header.embeddingDimension;
  const tensors = modesOf(heads).flatMap(([name, fitted]) => tensorsOfMode(name, fitted, d));
  if (mean !== undefined) tensors.push({ name: 'mean', shape: [d], data: mean });
  if (sources !== undefined) {
    tensors.push({ name: 'source_means', shape: [sources.means.length / d, d], data: sources.means });
  }
  return tensors;
}

function tensorsOfMode(name: string, fitted: FittedHead, d: number): Tensor[] {
  const { dimension: k, projection, prototypes, weights, bias } = fitted;
  const c = prototypes.length / k;
  const isIdentity = projection === undefined || fitted.estimator === 'identity';
  return [
    ...(isIdentity ? [] : [{ name: `${name}.projection`, shape: [k, d], data: projection }]),
    { name: `${name}.prototypes`, shape: [c, k], data: prototypes },
    ...(weights === undefined ? [] : [{ name: `${name}.weights`, shape: [c, k], data: weights }]),
    ...(bias === undefined ? [] : [{ name: `${name}.bias`, shape: [c], data: bias }]),
  ];
}

function modesOf(heads: Artefact['heads']): (readonly [string, FittedHead])[] {
  return heads.flatMap(({ head, unprofiled, profiled }) => [
    [`${head}.unprofiled`, unprofiled] as const,
    ...(profiled === undefined ? [] : [[`${head}.profiled`, profiled] as const]),
  ]);
}

function metadataOf({ header, heads, sources }: Artefact): Record<string, string> {
  const environments = 'environments' in header.source ? header.source.environments : [];
  const modes = modesOf(heads).map(([name, fitted]) => {
    const { centred, estimator, logitScale, temperature, featureScale } = fitted;
    return [name, JSON.stringify({ centred, estimator, logitScale, temperature, featureScale })];
  });
  return {
    format: 'pt',
    model: JSON.stringify(header.model),
    labels: JSON.stringify(header.labels),
    templates: JSON.stringify(header.templates),
    ...(sources === undefined ? {} : { sources: JSON.stringify(environments.map(({ name }) => name)) }),
    ...Object.fromEntries(modes),
  };
}
