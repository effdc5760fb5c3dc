// A look at JSON as bytes before it is parsed: how deep, how wide and how much it is. Parsing and checking cost many times what
// the bytes do (nested arrays of 58 MB took 28 s and 3.5 GB), so what no contract asks for is refused before.
// Decides no meaning.

import { type AppError, appError } from './app-error.ts';
import { describeBytes } from './describe-bytes.ts';

export const jsonBounds = {
  maxDepth: 20,
  /** Of one object. */
  maxKeys: 200,
  /** Of one array; contracts state their own, which are smaller. */
  maxElements: 10_000,
  /** Objects and arrays together. */
  maxContainers: 100_000,
  /** Beside the strings that are long enough to be pictures. */
  maxPlainBytes: 3 * 1024 * 1024,
} as const;

/** Longer than any name or text that a contract takes; what is longer is a picture, or refused by its contract. */
const longString = 8 * 1024;

const quote = 0x22;
const backslash = 0x5c;

/** 1 for what opens, closes or divides: " [ ] { } : and , */
const isStructure = new Uint8Array(256);
for (const byte of new TextEncoder().encode('"[]{}:,')) isStructure[byte] = 1;

export type ScanFailure = 'invalid-request' | 'payload-too-large';

/** Of so few bytes no shape costs much, but for depth. */
const shortBytes = 16 * 1024;

/**
 * Linear in the bytes. What is not JSON at all is left to the parser. `text`: the same decoded, where it is at hand. A fault
 * of the beginning is one of the whole.
 */
export function scanJson(bytes: Uint8Array, text?: string): AppError<ScanFailure> | undefined {
  const isHarmless = bytes.length <= shortBytes && opensFew(text ?? lenient.decode(bytes));
  return isHarmless ? undefined : scanShape(bytes);
}

/** Brackets are what they were, whatever stands around them. */
const lenient = new TextDecoder();

/**
 * Whether so few objects and arrays are opened that they cannot nest too deep. An embedding as JSON is mostly numbers. Of text,
 * because engines look for a character of it many times faster than for a byte of an array.
 */
function opensFew(text: string): boolean {
  let opened = 0;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      opened += 1;
      if (opened > jsonBounds.maxDepth) return false;
    }
  }
  return true;
}

function scanShape(bytes: Uint8Array): AppError<ScanFailure> | undefined {
  // Of what is open at each depth.
  const keys = new Uint32Array(jsonBounds.maxDepth + 1);
  const commas = new Uint32Array(jsonBounds.maxDepth + 1);
  let depth = 0;
  let containers = 0;
  let longBytes = 0;
  const { length } = bytes;
  // Without a string in it all of it is plain; the engine looks for one faster than the loop.
  if (length > jsonBounds.maxPlainBytes && bytes.indexOf(quote) === -1) return tooPlain;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number;
    // Nearly all of a body of numbers, and so nearly all of this loop.
    if (isStructure[byte] === 0) continue;
    switch (byte) {
      case quote: {
        const string = endOfString(bytes, at + 1, jsonBounds.maxPlainBytes);
        if (string === undefined) return tooPlain;
        // One that does not end may be one whose end has not come yet.
        if (string.end - at > longString || string.end === length)
          longBytes += string.end - at - string.escapedBytes;
        at = string.end;
        break;
      }
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        containers += 1;
        if (depth > jsonBounds.maxDepth) return tooDeep;
        keys[depth] = 0;
        commas[depth] = 0;
        if (containers > jsonBounds.maxContainers) return tooMany;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth = Math.max(0, depth - 1);
        break;
      case 0x3a: // :
        keys[depth] = (keys[depth] ?? 0) + 1;
        if ((keys[depth] ?? 0) > jsonBounds.maxKeys) return tooWide;
        break;
      case 0x2c: // ,
        commas[depth] = (commas[depth] as number) + 1;
        if ((commas[depth] as number) >= jsonBounds.maxElements) return tooWide;
        break;
      default:
    }
  }
  return bytes.length - longBytes > jsonBounds.maxPlainBytes ? tooPlain : undefined;
}

/**
 * Where the string's closing quote stands, or the end of the bytes; and how many bytes stand before escaped quotes. A picture
 * has none of these, so where they add up to more than `maxEscapedBytes` the search, which is slow on them, is given up.
 */
function endOfString(
  bytes: Uint8Array,
  begin: number,
  maxEscapedBytes: number,
): { readonly end: number; readonly escapedBytes: number } | undefined {
  let from = begin;
  for (;;) {
    const end = bytes.indexOf(quote, from);
    if (end === -1) return { end: bytes.length, escapedBytes: from - begin };
    let before = end;
    while (before > from && bytes[before - 1] === backslash) before -= 1;
    if ((end - before) % 2 === 0) return { end, escapedBytes: from - begin };
    from = end + 1;
    if (from - begin > maxEscapedBytes) return undefined;
  }
}

const tooDeep = appError('invalid-request', `The body nests deeper than ${jsonBounds.maxDepth}.`);
const tooMany = appError(
  'invalid-request',
  `The body holds more than ${jsonBounds.maxContainers} objects and arrays.`,
);
const tooWide = appError(
  'invalid-request',
  `The body holds an object of more than ${jsonBounds.maxKeys} keys, or an array of more than ${jsonBounds.maxElements} elements.`,
);
const tooPlain = appError(
  'payload-too-large',
  `A JSON body may have at most ${describeBytes(jsonBounds.maxPlainBytes)} beside its pictures.`,
);
