// A time limit that can be called off. AbortSignal.timeout cannot: its timer, and all that waits for its signal, is kept to the end of
// the time, however soon the work was done.

export type Deadline = { readonly signal: AbortSignal; clear(): void };

export function startDeadline(ms: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`not done in ${ms} ms`)), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
