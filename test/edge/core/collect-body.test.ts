// How a body is taken into memory: as much as it says once it has begun to come, and never what it only says.

import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { collectBody } from '../../../edge/http/body/collect-body.ts';

const mebibyte = 1024 * 1024;

/** A body as the runtime hands it on, and how much memory each read of it was given. */
function bodyOf(bytes: Uint8Array, pieceBytes = 40_000) {
  const given: number[] = [];
  let sent = 0;
  const stream = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const view = controller.byobRequest?.view;
      if (view != null) given.push(view.buffer.byteLength);
      const piece = bytes.slice(sent, sent + Math.min(pieceBytes, view?.byteLength ?? pieceBytes));
      sent += piece.byteLength;
      if (piece.byteLength === 0) {
        controller.close();
        controller.byobRequest?.respond(0);
      } else controller.enqueue(piece);
    },
  });
  const left = () => bytes.length - sent;
  return { stream: stream as ReadableStream<Uint8Array>, given, left };
}

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);

const expected = { maxBytes: 4 * mebibyte, isPacked: false, mayGoOn: undefined, look: undefined };
const room = { take: async () => true };

describe('a body whose length is said', () => {
  test('is collected into memory of that length', async () => {
    const bytes = bytesOf(3 * mebibyte + 7);
    const { stream, given } = bodyOf(bytes);
    const read = await collectBody(stream, { ...expected, declared: bytes.length }, room);
    expect(read).toEqual({ ok: true, value: bytes });
    expect(read.ok && read.value.buffer.byteLength).toBe(bytes.length);
    // Not before some of it has come.
    const small = given.filter((length) => length < bytes.length);
    expect(small.length).toBeGreaterThan(0);
    expect(Math.max(...small)).toBeLessThanOrEqual(64 * 1024);
    expect(given.slice(small.length).every((length) => length === bytes.length)).toBe(true);
  });

  test.each([
    ['less', mebibyte - 5],
    ['hardly any', 3],
    ['none', 0],
    ['more', mebibyte + 100_000],
  ])('and of which %s comes is what came', async (_, length) => {
    const bytes = bytesOf(length);
    const read = await collectBody(bodyOf(bytes).stream, { ...expected, declared: mebibyte }, room);
    expect(read).toEqual({ ok: true, value: bytes });
  });

  test('is refused where more comes than is allowed, and read to its end', async () => {
    const bytes = bytesOf(5 * mebibyte);
    const { stream, left } = bodyOf(bytes);
    const read = await collectBody(stream, { ...expected, declared: 300_000 }, room);
    expect(read).toMatchObject({ ok: false, error: { code: 'payload-too-large' } });
    expect(left()).toBe(0);
  });

  test('may not stop once memory is taken for it', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    let isSent = false;
    const stream = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        if (isSent) return new Promise(() => undefined);
        isSent = true;
        controller.enqueue(bytesOf(70 * 1024));
        return undefined;
      },
    });
    const reading = collectBody(
      stream as ReadableStream<Uint8Array>,
      { ...expected, declared: mebibyte },
      room,
    );
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await reading).toMatchObject({ ok: false });
  });

  test('is looked at once enough has come', async () => {
    const bytes = bytesOf(4 * mebibyte);
    let seen = new Uint8Array();
    const look = (beginning: Uint8Array) => {
      seen = beginning.slice();
      return undefined;
    };
    await collectBody(bodyOf(bytes).stream, { ...expected, declared: bytes.length, look }, room);
    expect(seen.length).toBeGreaterThan(3 * mebibyte);
    expect(seen).toEqual(bytes.subarray(0, seen.length));
  });
});
