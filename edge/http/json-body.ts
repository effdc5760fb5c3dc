// An answer's JSON as text, or in pieces where it is long: writing 64 embeddings or a table of thousands of rows at once would
// keep everybody else waiting for as long. Knows no contract.

import { takeTurn } from '../clients/breathe.ts';

/** Values (a number, a word, a key) that are written in one go. */
const wholeValues = 20_000;
const chunkBytes = 64 * 1024;

export function jsonBody(value: unknown): string | ReadableStream<Uint8Array> {
  return weigh(value, wholeValues) < wholeValues ? JSON.stringify(value) : streamOf(jsonPieces(value));
}

/** How much there is to write, about; looks no further than `enough`. */
function weigh(value: unknown, enough: number): number {
  // Whole numbers: each fraction would be an object of its own, one for every value of the answer.
  if (typeof value === 'string') return 1 + (value.length >> 5);
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value) && typeof value[0] === 'number') return value.length;
  let weight = 1;
  // Every answer is weighed, so without making a list of what is in it.
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && weight < enough; at++) weight += weigh(value[at], enough - weight);
    return weight;
  }
  for (const name in value) {
    weight += weigh(value[name as keyof typeof value], enough - weight);
    if (weight >= enough) break;
  }
  return weight;
}

/** The same text as JSON.stringify's, cut between elements. What is absent there is absent here. */
export function* jsonPieces(value: unknown): Generator<string, void, undefined> {
  const plain = withoutMethods(value);
  if (typeof plain !== 'object' || plain === null || weigh(plain, pieceValues) < pieceValues) {
    yield JSON.stringify(plain) ?? 'null';
    return;
  }
  let separator = '';
  if (Array.isArray(plain)) {
    yield '[';
    for (const group of groupsOf(plain)) {
      yield separator;
      separator = ',';
      if (group.length > 1) yield JSON.stringify(group).slice(1, -1);
      else yield* jsonPieces(group[0] ?? null);
    }
    yield ']';
    return;
  }
  yield '{';
  for (const [key, inner] of Object.entries(plain)) {
    if (inner === undefined || typeof inner === 'function') continue;
    yield `${separator}${JSON.stringify(key)}:`;
    separator = ',';
    yield* jsonPieces(inner);
  }
  yield '}';
}

const pieceValues = 2_000;

function withoutMethods(value: unknown): unknown {
  const hasOwnForm = typeof value === 'object' && value !== null && 'toJSON' in value;
  return hasOwnForm ? JSON.parse(JSON.stringify(value)) : value;
}

/** Elements in their order, as many together as are little to write. */
function* groupsOf(array: readonly unknown[]): Generator<unknown[], void, undefined> {
  let group: unknown[] = [];
  let weight = 0;
  for (const element of array) {
    const own = weigh(element, pieceValues);
    if (group.length > 0 && weight + own > pieceValues) {
      yield group;
      group = [];
      weight = 0;
    }
    group.push(element);
    weight += own;
  }
  if (group.length > 0) yield group;
}

function streamOf(pieces: Generator<string, void, undefined>): ReadableStream<Uint8Array> {
  const chunks = inBytes(pieces);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = chunks.next();
      if (done === true) return controller.close();
      controller.enqueue(value);
      await takeTurn();
    },
    cancel() {
      chunks.return();
    },
  });
}

/** Written where they are sent from: joined first, all of an answer would be there three times. */
function* inBytes(pieces: Iterable<string>): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let chunk = new Uint8Array(chunkBytes);
  let at = 0;
  for (const piece of pieces) {
    for (let rest = piece; rest !== ''; ) {
      const { read, written } = encoder.encodeInto(rest, chunk.subarray(at));
      at += written;
      rest = rest.slice(read);
      if (rest === '') break;
      yield chunk.subarray(0, at);
      chunk = new Uint8Array(chunkBytes);
      at = 0;
    }
  }
  if (at > 0) yield chunk.subarray(0, at);
}
