// Being told to stop, by a terminal, a service manager or a container's: once the stack is open.

/** One end is often told twice: to a whole group of processes, and again by who passes it on (npm, start.cjs, `timeout`). */
const sameEndMs = 500;

/** Resolves when told; a second signal, later than one that says the same again, ends the process at once. */
export function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    let toldMs: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      // Miniflare's own listeners end the process at once, before the workers have drained.
      process.removeAllListeners(signal);
      process.on(signal, () => {
        toldMs ??= performance.now();
        if (performance.now() - toldMs > sameEndMs) process.exit(130);
        resolve(undefined);
      });
    }
  });
}
