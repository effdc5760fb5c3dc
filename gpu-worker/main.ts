// Entry of the worker process. Listens for the signals to stop before the rest is even loaded: a container's first process that
// listens for none would ignore them until it is killed.

/** Of a local stack, in the terminal's group of processes: what is pressed there is for the stack, which then tells its workers. */
const isInStack = process.argv.includes('--in-stack');

const told = new Promise<NodeJS.Signals>((resolve) => {
  if (isInStack) {
    for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
    // Who is told as one of the group is told again by the stack, in the middle of draining.
    process.on('SIGTERM', resolve);
  } else for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
});
const { runWorker } = await import('./run-worker.ts');
await runWorker(told);

// A module, so that it may wait.
export {};
