// Where things stand in the file that artefacts, statistics and encoded batches share, for every reader and writer of it:
//
//   offset 0   4 bytes   magic: "ICMP", "ICMS" or "ICME"
//          4   uint32    version, 1
//          8   uint32    length of the header in bytes, padding excluded
//         12   ...       header, JSON in UTF-8; then zeros up to a multiple of 8
//          -   ...       the header's blocks in their order, each padded to a multiple of 8
//     end-32   32 bytes  SHA-256 of all before
//
// All numbers little-endian.

import { err, ok, type Result } from '../result.ts';

const magics = { icm: 'ICMP', stats: 'ICMS', encoded: 'ICME' } as const;
export type ContainerKind = keyof typeof magics;

const containerVersion = 1;
const versionAt = 4;
const headerLengthAt = 8;
export const prefixBytes = 12;
export const hashBytes = 32;

/**
 * An artefact's header is uploaded by anyone; statistics are ours, and list what failed. Either is parsed in one go, at the edge
 * too, whose isolate has 128 MiB.
 */
export const maxHeaderBytes = {
  icm: 4 * 1024 * 1024,
  stats: 16 * 1024 * 1024,
  encoded: 16 * 1024 * 1024,
} as const;

/** Writes the first `prefixBytes` of a file. */
export function writePrefix(
  bytes: Uint8Array<ArrayBuffer>,
  kind: ContainerKind,
  headerByteLength: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  bytes.set(new TextEncoder().encode(magics[kind]), 0);
  view.setUint32(versionAt, containerVersion, true);
  view.setUint32(headerLengthAt, headerByteLength, true);
}

/** The length of the header, from at least `prefixBytes`; the error says what the file is not. */
export function readPrefix(bytes: Uint8Array, kind: ContainerKind): Result<number, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (String.fromCharCode(...bytes.subarray(0, versionAt)) !== magics[kind])
    return err('it does not begin as one');
  const version = view.getUint32(versionAt, true);
  if (version !== containerVersion) return err(`its version is ${version}; ${containerVersion} is read`);
  const headerByteLength = view.getUint32(headerLengthAt, true);
  return headerByteLength > maxHeaderBytes[kind] ? err('its header is too long') : ok(headerByteLength);
}

export function padded(byteLength: number): number {
  return Math.ceil(byteLength / 8) * 8;
}
