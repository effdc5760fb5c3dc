// Entry of the worker process. Listens for the signals to stop before the rest is even loaded: a container's first process that
// listens for none would ignore them until it is killed.

const told = new Promise<NodeJS.Signals>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
});
const { runWorker } = await import('./run-worker.ts');
await runWorker(told);

// A module, so that it may wait.
export {};
