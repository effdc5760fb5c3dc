// Reads a `text/event-stream` body into messages (WHATWG HTML, section 9.2.6). Does not reconnect.

export type ServerSentEvent = { readonly event: string; readonly data: string; readonly id: string };

/** Ends when the stream does, or after `maxSilenceMs` without a byte; an unfinished last message is dropped. */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  maxSilenceMs: number,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let fields = { event: 'message', data: [] as string[], id: '' };
  for await (const line of readLines(body, maxSilenceMs)) {
    if (line === '') {
      if (fields.data.length > 0) yield { ...fields, data: fields.data.join('\n') };
      fields = { event: 'message', data: [], id: fields.id };
      continue;
    }
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') fields.data.push(value);
    else if (name === 'event') fields.event = value;
    else if (name === 'id') fields.id = value;
  }
}

/** Lines end in LF, CRLF or CR; a CR at the end of a chunk waits for what follows. */
async function* readLines(
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
