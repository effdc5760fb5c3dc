import { expect, test } from 'vitest';
import { drainBody } from '../../../edge/http/body/drain-body.ts';

test('a body that is read into nothing lets others go first, however fast it comes', async () => {
  let hasOtherGone = false;
  let length = 0;
  // Each chunk is there at once, and takes its time to be read, as megabytes on a socket of this machine do.
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const untilMs = performance.now() + 0.2;
      while (performance.now() < untilMs);
      if (length >= 100 * 1024 * 1024 || hasOtherGone) return controller.close();
      length += 64 * 1024;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  setTimeout(() => {
    hasOtherGone = true;
  }, 0);
  const sent: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' };
  await drainBody(new Request('https://edge.test', sent));
  expect(hasOtherGone).toBe(true);
  expect(length).toBeLessThan(100 * 1024 * 1024);
});
