// The largest of some values, in order.

/** Indices of the k largest of `values`, largest first; of equals the lower index first. */
export function topK(values: ArrayLike<number>, k: number): number[] {
  if (k > mostInserted) return sortedTopK(values, k);
  const best: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (best.length === k && !(value > (values[best[k - 1] as number] as number))) continue;
    let at = best.length === k ? k - 1 : best.length;
    while (at > 0 && value > (values[best[at - 1] as number] as number)) at--;
    best.splice(at, 0, index);
    if (best.length > k) best.pop();
  }
  return best;
}

/** Beyond this many, finding the place of each costs more than sorting all. */
const mostInserted = 32;

function sortedTopK(values: ArrayLike<number>, k: number): number[] {
  const indices = Array.from({ length: values.length }, (_, index) => index);
  indices.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  return indices.slice(0, k);
}
