// The batches that stand for a profile where a source is left out: some of its own pictures, drawn by a seed, which are then
// not scored. Rows of a sample are sorted by content hash, so a draw depends on the pictures alone, not on their order.

/** Pictures of a batch, where there are twice as many. */
export const batchSize = 32;
/** Batches drawn of each source left out. */
export const drawCount = 6;

/** Rows [min(32, ⌊n/2⌋)] of a batch of `count` rows; `seed` is the draw's number. */
export function drawBatch(count: number, seed: number): Int32Array {
  const size = Math.min(batchSize, Math.floor(count / 2));
  const next = uniform(seed * 0x9e3779b1 + count);
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  for (let place = 0; place < size; place++) {
    const other = place + Math.floor(next() * (count - place));
    [rows[place], rows[other]] = [rows[other] as number, rows[place] as number];
  }
  return rows.slice(0, size);
}

/** Uniform in [0, 1) (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
