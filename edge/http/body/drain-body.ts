// Reads into nothing what nobody wants of a body, so that its connection can be used again.

import { createBreather } from '../../clients/breathe.ts';
import { declaredLength } from './body-headers.ts';
import { readChunk } from './read-chunk.ts';

const maxDrainedBytes = 128 * 1024 * 1024;

/**
 * Reads into nothing what a refused request still sends: many clients send all of a body before they look at the
 * answer, and would see a broken connection instead of it. Bodies beyond all reason are not waited for.
 */
export async function drainBody(request: Request): Promise<void> {
  // First what most requests are: one that was read to its end.
  if (request.bodyUsed || request.body === null || (declaredLength(request) ?? 0) > maxDrainedBytes) return;
  await drain(request.body.getReader());
}

export async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const breathe = createBreather();
  for (let length = 0; length <= maxDrainedBytes; ) {
    const chunk = await readChunk(reader, true);
    if (!chunk.ok || chunk.value === undefined) return;
    length += chunk.value.length;
    // What is already there is read without a pause: many MiB for nobody must not stand before everybody.
    await breathe();
  }
  await reader.cancel();
}
