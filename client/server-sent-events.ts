// Reads a `text/event-stream` body into messages (WHATWG HTML, section 9.2.6). Does not reconnect.

import { readLines } from './read-lines.ts';

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
