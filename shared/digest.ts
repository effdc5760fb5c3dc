// Hashes, MACs and the text forms of bytes, on WebCrypto and built-ins that both runtimes have.

import { joinBytes } from './join-bytes.ts';
import { createLru } from './lru.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', ownBuffer(bytes)));
}

/** The hash of all of them one after the other; where the runtime takes them one by one, they are not put together first. */
export async function sha256OfParts(parts: readonly Uint8Array[]): Promise<Bytes> {
  const { DigestStream } = crypto as { readonly DigestStream?: typeof StreamedDigest };
  if (DigestStream === undefined) return sha256(joinBytes(parts));
  const stream = new DigestStream('SHA-256');
  const writer = stream.getWriter();
  for (const part of parts) await writer.write(part);
  await writer.close();
  return new Uint8Array(await stream.digest);
}

/** The Workers runtime's own. */
declare class StreamedDigest extends WritableStream<Uint8Array> {
  constructor(algorithm: 'SHA-256');
  readonly digest: Promise<ArrayBuffer>;
}

export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return toHex(await sha256(bytes));
}

export async function hmacSha256(key: Uint8Array | string, message: Uint8Array | string): Promise<Bytes> {
  const signer = typeof key === 'string' ? await signerOf(key) : await importSigner(key);
  return new Uint8Array(await crypto.subtle.sign('HMAC', signer, asBytes(message)));
}

/** Importing a key costs as much as signing with it, and a process has few secrets. */
const keptSigners = 16;
const signers = createLru<CryptoKey>({ maxWeight: keptSigners });

async function signerOf(key: string): Promise<CryptoKey> {
  const kept = signers.get(key);
  if (kept !== undefined) return kept;
  const signer = await importSigner(key);
  signers.set(key, signer);
  return signer;
}

function importSigner(key: Uint8Array | string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', asBytes(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/** Compares in time that depends on the lengths alone. */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexPairs[byte];
  return text;
}

/** `undefined` where the text is not pairs of hexadecimal digits. */
export function fromHex(text: string): Bytes | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = hexDigits[text.charCodeAt(2 * i)] ?? notHex;
    const low = hexDigits[text.charCodeAt(2 * i + 1)] ?? notHex;
    if (high === notHex || low === notHex) return undefined;
    bytes[i] = 16 * high + low;
  }
  return bytes;
}

const notHex = 255;
/** What each character of ASCII is worth: megabytes of the database come this way. */
const hexDigits = new Uint8Array(128).fill(notHex);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  for (const one of [text, text.toUpperCase()]) hexDigits[one.charCodeAt(0)] = digit;
}

export function toBase64(bytes: Uint8Array): string {
  const chunkLength = 0x8000;
  let binary = '';
  for (let start = 0; start < bytes.length; start += chunkLength) {
    binary += String.fromCharCode(...bytes.subarray(start, start + chunkLength));
  }
  return btoa(binary);
}

/** The runtime's own, where it has one: many times as fast on a picture of megabytes. */
const nativeFromBase64 = (Uint8Array as { fromBase64?: (text: string) => Bytes }).fromBase64;

/** `undefined` where the text is not base64. */
export function fromBase64(text: string): Bytes | undefined {
  try {
    if (nativeFromBase64 !== undefined) return nativeFromBase64.call(Uint8Array, text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return undefined;
  }
}

function asBytes(value: Uint8Array | string): Bytes {
  return ownBuffer(typeof value === 'string' ? encoder.encode(value) : value);
}

/** WebCrypto takes no view of shared memory; everything else passes without a copy. */
function ownBuffer(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}
