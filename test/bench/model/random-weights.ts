// Weights of a given spread from a seed: millions a second, the same on every machine. For shapes and speed, not for meaning.

export type RandomWeights = {
  /** Uniform with mean 0 and this standard deviation. */
  readonly spread: (length: number, standardDeviation: number) => Float32Array;
  readonly constant: (length: number, value: number) => Float32Array;
};

export function createRandomWeights(seed: number): RandomWeights {
  let state = (seed ^ 0x9e3779b9) | 1;
  return {
    spread(length, standardDeviation) {
      const scale = (standardDeviation * Math.sqrt(3)) / 2 ** 31;
      const values = new Float32Array(length);
      for (let i = 0; i < length; i++) {
        // xorshift32: plain, fast, and equal everywhere.
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        values[i] = state * scale;
      }
      return values;
    },
    constant: (length, value) => new Float32Array(length).fill(value),
  };
}
