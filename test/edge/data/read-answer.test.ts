// How the edge reads what a worker answers: whole, no more than is allowed, and no less than was said.

import { describe, expect, test } from 'vitest';
import { readBody } from '../../../edge/clients/worker-answers.ts';

const mebibyte = 1024 * 1024;

/** In chunks of 100,000 bytes, behind a length that is said. */
function answerOf(bytes: Uint8Array, declared = bytes.byteLength): Response {
  const body = new ReadableStream({
    type: 'bytes',
    start(controller) {
      for (let from = 0; from < bytes.byteLength; from += 100_000) {
        controller.enqueue(bytes.slice(from, from + 100_000));
      }
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-length': String(declared) } });
}

describe.each([1000, 3 * mebibyte + 7])('an answer of %i bytes', (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => index % 251);

  test('is read whole, into memory of its length', async () => {
    const read = await readBody(answerOf(bytes), length);
    expect(read).toEqual({ ok: true, value: bytes });
    expect(read.ok && read.value.buffer.byteLength).toBe(length);
  });

  test('is not read where less is allowed', async () => {
    expect(await readBody(answerOf(bytes), length - 1)).toMatchObject({ ok: false });
  });

  test('is none where it ends too soon', async () => {
    expect(await readBody(answerOf(bytes, length + 1), 2 * length)).toMatchObject({ ok: false });
  });
});
