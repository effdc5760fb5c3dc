// A request body that stops in the middle until it is told to go on, so that a test can look at the worker meanwhile.

export type GatedBody = {
  readonly stream: ReadableStream<Uint8Array>;
  /** Lets the second part follow. */
  readonly release: () => void;
};

export function gatedBody(first: Uint8Array, second: Uint8Array): GatedBody {
  const gate = Promise.withResolvers<void>();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(first);
    },
    async pull(controller) {
      await gate.promise;
      controller.enqueue(second);
      controller.close();
    },
  });
  return { stream, release: gate.resolve };
}
