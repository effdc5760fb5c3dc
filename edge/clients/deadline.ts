// A time limit that can be called off. AbortSignal.timeout cannot: its timer, and all that waits for its signal, is kept to the end of
// the time, however soon the work was done.

export type Deadline = { readonly signal: AbortSignal; clear(): void };

export function startDeadline(ms: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`not done in ${ms} ms`)), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** Rejects where the work takes longer; what it comes to afterwards is dropped. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { signal, clear } = startDeadline(ms);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clear();
  }
}
