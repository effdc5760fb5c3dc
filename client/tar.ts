// Writes a tar archive (POSIX ustar, with pax headers where a path needs them) as a Blob. Reads none.
// Made here because the client runs where there is no Node, and the service takes picture trees as tar.

export type TarEntry = { readonly path: string; readonly data: Uint8Array<ArrayBuffer> | Blob };

const blockSize = 512;
const encoder = new TextEncoder();

/** Blobs among the data are referenced, not read, so an archive of files on disk costs no memory in a browser. */
export function writeTar(entries: readonly TarEntry[]): Blob {
  const parts: BlobPart[] = [];
  for (const { path, data } of entries) {
    const size = data instanceof Blob ? data.size : data.byteLength;
    if (!fitsUstar(path)) parts.push(...paxParts(path));
    parts.push(header(fitsUstar(path) ? path : 'see-pax-header', size, '0'), data, padding(size));
  }
  parts.push(new Uint8Array(2 * blockSize));
  return new Blob(parts, { type: 'application/x-tar' });
}

/** Bytes that an entry with a plain path takes in the archive. */
export function tarEntrySize(dataSize: number): number {
  return blockSize + Math.ceil(dataSize / blockSize) * blockSize;
}

function fitsUstar(path: string): boolean {
  return path.length <= 100 && /^[\x20-\x7e]*$/.test(path);
}

function paxParts(path: string): BlobPart[] {
  const record = paxRecord('path', path);
  return [header('pax-header', record.byteLength, 'x'), record, padding(record.byteLength)];
}

/** `<length> key=value\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = encoder.encode(` ${key}=${value}\n`).byteLength;
  let length = rest + 1;
  while (rest + String(length).length !== length) length = rest + String(length).length;
  return encoder.encode(`${length} ${key}=${value}\n`);
}

function padding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((blockSize - (size % blockSize)) % blockSize);
}

function header(path: string, size: number, type: '0' | 'x'): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(blockSize);
  const put = (offset: number, text: string) => block.set(encoder.encode(text), offset);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  put(0, path);
  put(100, octal(0o644, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(0, 11));
  put(148, ' '.repeat(8));
  put(156, type);
  put(257, 'ustar\x0000');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  put(148, `${checksum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
