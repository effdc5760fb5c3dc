// A pause, in whatever runs this: the edge, a browser, Node.

/** Resolves after so many milliseconds. */
export function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
