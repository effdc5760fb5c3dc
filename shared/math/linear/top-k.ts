// The largest of some values, in order.

/** Indices of the k largest of `values`, largest first; of equals the lower index first. */
export function topK(values: ArrayLike<number>, k: number): number[] {
  if (k > mostInserted) return sortedTopK(values, k);
  const best: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (best.length === k && !(value > (values[best[k - 1] as number] as number))) continue;
    // From the last place, whose index drops out where there are enough: what is smaller moves on by one.
    let at = best.length === k ? k - 1 : best.length;
    for (; at > 0 && value > (values[best[at - 1] as number] as number); at--)
      best[at] = best[at - 1] as number;
    best[at] = index;
  }
  return best;
}

/** Beyond this many, finding the place of each costs more than sorting all. */
const mostInserted = 32;

/** Of every index, in runs: sorted ones grow out of those before. Kept between calls, as they are over before anything else is. */
let runs = { from: new Int32Array(0), to: new Int32Array(0) };

/** By merging, which keeps equals as they are. The language's own sort makes an object of every difference that it is told. */
function sortedTopK(values: ArrayLike<number>, k: number): number[] {
  const count = values.length;
  if (runs.from.length < count) runs = { from: new Int32Array(count), to: new Int32Array(count) };
  let { from, to } = runs;
  for (let index = 0; index < count; index++) from[index] = index;
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      merge(values, from, to, start, Math.min(start + width, count), Math.min(start + 2 * width, count));
    }
    [from, to] = [to, from];
  }
  const best: number[] = [];
  for (let at = 0; at < Math.min(k, count); at++) best.push(from[at] as number);
  return best;
}

/** Two runs that lie beside each other, [start, middle) and [middle, end), become one in `to`. */
function merge(
  values: ArrayLike<number>,
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let [left, right] = [start, middle];
  for (let at = start; at < end; at++) {
    const takesRight =
      left === middle ||
      (right < end && (values[from[right] as number] as number) > (values[from[left] as number] as number));
    to[at] = from[takesRight ? right++ : left++] as number;
  }
}
