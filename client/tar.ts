// Packs pictures into a tar archive, as the service takes trees of them. The format is modern-tar's business; reads no archive.

import { packTar } from 'modern-tar';

export type TarEntry = { readonly path: string; readonly data: Uint8Array<ArrayBuffer> | Blob };

/** The archive lies in memory. The same entries give the same bytes: every file is of the first second of 1970. */
export async function writeTar(entries: readonly TarEntry[]): Promise<Blob> {
  const archive = await packTar(
    entries.map(({ path, data }) => ({ header: headerOf(path, data), body: data })),
  );
  return new Blob([archive], { type: 'application/x-tar' });
}

/** Bytes that an entry with a plain path takes in the archive: a header and the data, each in blocks of 512. */
export function tarEntrySize(data: TarEntry['data']): number {
  return 512 + Math.ceil(sizeOf(data) / 512) * 512;
}

function headerOf(name: string, data: TarEntry['data']) {
  return { name, size: sizeOf(data), mtime: new Date(0) };
}

function sizeOf(data: TarEntry['data']): number {
  return data instanceof Blob ? data.size : data.byteLength;
}
