// Logits as probabilities.

/** Turns `length` logits from `start` into probabilities, shifted by their largest so that none overflows. */
export function softmaxInPlace(logits: Float32Array | Float64Array, start: number, length: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + length; i++) largest = Math.max(largest, logits[i] as number);
  let sum = 0;
  for (let i = start; i < start + length; i++) {
    const value = Math.exp((logits[i] as number) - largest);
    logits[i] = value;
    sum += value;
  }
  for (let i = start; i < start + length; i++) logits[i] = (logits[i] as number) / sum;
}
