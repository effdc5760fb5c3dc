// The temperature that makes probabilities honest: fitted on pictures that nothing was fitted from.

import { checkLength } from '../check-length.ts';
import { argmax } from '../linear/vector.ts';

/** How far a temperature may go, and how many pictures the belief that it is 1 weighs. */
export type TemperatureOptions = { readonly low: number; readonly high: number; readonly prior: number };

const temperatureSteps = 60;

/**
 * The temperature T that minimises, over `logits` z [n, c],
 *
 *     Σ_i −log softmax(z_i / T)[class_i]  +  prior · mean_i CE(softmax(z_i), softmax(z_i / T))
 *
 * by golden section on log T within the bounds (both terms are convex in 1/T). The second is least at T = 1 and keeps a few
 * pictures from deciding. 1 where no picture has a class.
 */
export function fitTemperature(
  logits: Float32Array,
  classes: Int32Array,
  classCount: number,
  { low, high, prior }: TemperatureOptions,
): number {
  checkLength('logits', logits, classes.length * classCount);
  const labelled = [...classes.keys()].filter((row) => (classes[row] as number) >= 0);
  if (classCount < 2 || labelled.length === 0) return 1;
  // Both terms are log Σ exp(z / T) less one logit over T: that of the class, and the one expected under softmax(z).
  const rows = belowLargest(logits, labelled, classCount);
  const weight = 1 + prior / labelled.length;
  let wanted = 0;
  for (const [at, row] of labelled.entries()) {
    wanted += rows[at * classCount + (classes[row] as number)] as number;
    wanted += (prior / labelled.length) * expectedLogit(rows, at, classCount);
  }
  const loss = (logTemperature: number) => {
    const inverse = Math.exp(-logTemperature);
    let total = 0;
    for (let at = 0; at < labelled.length; at++) total += logSumExp(rows, at, classCount, inverse);
    return weight * total - wanted * inverse;
  };
  return Math.exp(goldenSection(loss, Math.log(low), Math.log(high)));
}

/** The named rows of `logits`, each less its largest, so that no exponential overflows. */
function belowLargest(logits: Float32Array, named: readonly number[], width: number): Float64Array {
  const rows = new Float64Array(named.length * width);
  for (const [at, row] of named.entries()) {
    const largest = logits[row * width + argmax(logits, row * width, width)] as number;
    for (let i = 0; i < width; i++) rows[at * width + i] = (logits[row * width + i] as number) - largest;
  }
  return rows;
}

/** Under softmax of a row of belowLargest. */
function expectedLogit(rows: Float64Array, row: number, width: number): number {
  const total = logSumExp(rows, row, width, 1);
  let expected = 0;
  for (let i = row * width; i < (row + 1) * width; i++) {
    expected += Math.exp((rows[i] as number) - total) * (rows[i] as number);
  }
  return expected;
}

/** log Σ_c exp(z_c / T) of a row of belowLargest; `inverse` is 1/T. */
function logSumExp(rows: Float64Array, row: number, width: number, inverse: number): number {
  let sum = 0;
  for (let i = row * width; i < (row + 1) * width; i++) sum += Math.exp((rows[i] as number) * inverse);
  return Math.log(sum);
}

/** Where a function with one minimum is least in [from, to]; an end where it is least there. */
function goldenSection(loss: (at: number) => number, from: number, to: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let left = high - golden * (high - low);
  let right = low + golden * (high - low);
  let lossLeft = loss(left);
  let lossRight = loss(right);
  for (let step = 0; step < temperatureSteps && high - low > 1e-4; step++) {
    if (lossLeft <= lossRight) {
      [high, right, lossRight] = [right, left, lossLeft];
      left = high - golden * (high - low);
      lossLeft = loss(left);
    } else {
      [low, left, lossLeft] = [left, right, lossRight];
      right = low + golden * (high - low);
      lossRight = loss(right);
    }
  }
  const middle = (low + high) / 2;
  return [from, to].reduce((best, end) => (loss(end) <= loss(best) ? end : best), middle);
}
