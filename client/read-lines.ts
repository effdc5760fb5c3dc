// The lines of a stream of text, one by one, without their ends. Holds one chunk and the line begun.

/**
 * Lines end in LF, CRLF or CR; a CR at the end of a chunk waits for what follows. Ends when the stream does, or after
 * `maxSilenceMs` without a byte; an unfinished last line is dropped.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  maxSilenceMs: number,
): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      // Cancelling ends the pending read as if the stream had ended.
      const silence = setTimeout(() => void reader.cancel().catch(() => undefined), maxSilenceMs);
      // A read that fails must not leave the clock running: a minute later it would cancel what is broken already.
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    // Also reached when the consumer stops early: the connection must not stay open, nor be waited for.
    reader.cancel().catch(() => undefined);
  }
}
