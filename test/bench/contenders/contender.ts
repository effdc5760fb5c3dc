// What is compared: something that takes pictures in a closed loop, and what its processes used for it.

/** Of one run: how long it took, and how long each picture waited. */
export type Run = { readonly seconds: number; readonly latenciesMs: readonly number[] };

export type Contender = {
  readonly name: string;
  /** So many pictures (or embeddings), so many at a time. Rejects where one is not answered as it should be. */
  readonly run: (count: number, atOnce: number) => Promise<Run>;
  /** Of its servers so far, not of who asks; NaN where the system does not tell. */
  readonly cpuMs: () => number;
  readonly peakMiB: () => number;
};

/** `task(index)` for each of `count`, `atOnce` of them under way. */
export async function inLoop(
  count: number,
  atOnce: number,
  task: (index: number) => Promise<void>,
): Promise<Run> {
  const latenciesMs: number[] = [];
  let next = 0;
  const one = async () => {
    for (let index = next++; index < count; index = next++) {
      const sentMs = performance.now();
      await task(index);
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: atOnce }, one));
  return { seconds: (performance.now() - startedMs) / 1000, latenciesMs };
}
