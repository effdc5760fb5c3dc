// WiSE: the straight line between the zero-shot prototypes and the probe (Wortsman et al. 2022, "Robust fine-tuning of
// zero-shot models"), in the space of the projected features, where both are linear.

import { type Probe, probeFeatureScale } from './probe.ts';

/** The middle of the line: no environment left out has said that another point is better. */
export const wiseAlpha = 0.5;

/**
 * (1 − α)·zero-shot + α·probe of logits [n, c]. A class that the probe has never seen keeps its zero-shot logit.
 */
export function mixLogits(
  zeroShot: Float32Array,
  probe: Float32Array,
  alpha: number,
  present: Uint8Array,
): Float32Array<ArrayBuffer> {
  const mixed = new Float32Array(zeroShot.length);
  for (let i = 0; i < mixed.length; i++) {
    const share = present[i % present.length] === 1 ? alpha : 0;
    mixed[i] = (1 - share) * (zeroShot[i] as number) + share * (probe[i] as number);
  }
  return mixed;
}

/** The weights and bias whose logits are mixLogits': `prototypes` are projected unit rows [c, k]. */
export function mixWeights(
  prototypes: Float32Array,
  probe: Probe,
  {
    alpha,
    logitScale,
    dimension,
  }: { readonly alpha: number; readonly logitScale: number; readonly dimension: number },
): { weights: Float32Array<ArrayBuffer>; bias: Float32Array<ArrayBuffer> } {
  const share = (index: number) => (probe.present[index] === 1 ? alpha : 0);
  const weights = new Float32Array(prototypes.length);
  for (let i = 0; i < weights.length; i++) {
    const part = share(Math.floor(i / dimension));
    const zeroShot = (logitScale / probeFeatureScale) * (prototypes[i] as number);
    weights[i] = (1 - part) * zeroShot + part * (probe.weights[i] as number);
  }
  const bias = probe.bias.map((value, index) => (share(index) === 0 ? 0 : share(index) * value));
  return { weights, bias };
}
