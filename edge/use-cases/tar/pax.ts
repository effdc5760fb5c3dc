// Extended headers of a tar: pax records, and GNU's long names. Every length that is read covers its own prefix and leads
// forward, so that the work is linear in the bytes whatever they say.

import { readText } from './tar-header.ts';

/** What an extended header says of the entry after it. */
export type TarOverrides = {
  readonly path?: string;
  readonly byteLength?: number;
  readonly isSparse?: boolean;
};

/** Enough for any length that fits the cap on a header. */
const maxLengthDigits = 8;

const decoder = new TextDecoder();

export function parseGnuName(data: Uint8Array): string {
  return readText(data);
}

/**
 * Records of `<length> <key>=<value>\n`, the length in decimal and of the whole record in bytes. `undefined` where a length is
 * not one, does not cover its record's beginning, or leads past the end or to something else than a line's end.
 */
export function parsePax(data: Uint8Array): TarOverrides | undefined {
  const overrides: { path?: string; byteLength?: number; isSparse?: boolean } = {};
  for (let offset = 0; offset < data.length; ) {
    const space = data.subarray(offset, offset + maxLengthDigits + 1).indexOf(0x20);
    const digits = decoder.decode(data.subarray(offset, offset + Math.max(space, 0)));
    if (!/^[1-9]\d*$/.test(digits)) return undefined;
    const end = offset + Number(digits);
    const begin = offset + space + 1;
    // A key, the sign and the line's end at least.
    if (end < begin + 3 || end > data.length || data[end - 1] !== 0x0a) return undefined;
    const record = data.subarray(begin, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) return undefined;
    apply(decoder.decode(record.subarray(0, equals)), record.subarray(equals + 1), overrides);
    offset = end;
  }
  return overrides;
}

/** Decodes only the values that are asked for: others may be long. An empty value takes the record back. */
function apply(
  key: string,
  value: Uint8Array,
  overrides: { path?: string; byteLength?: number; isSparse?: boolean },
): void {
  if (key === 'path') {
    if (value.length === 0) delete overrides.path;
    else overrides.path = decoder.decode(value);
  } else if (key === 'size') {
    const text = decoder.decode(value.subarray(0, 16));
    if (/^\d{1,15}$/.test(text)) overrides.byteLength = Number(text);
  } else if (key.startsWith('GNU.sparse.')) {
    overrides.isSparse = true;
    // The name that the entry itself bears is made up.
    if (key === 'GNU.sparse.name') overrides.path = decoder.decode(value);
  }
}
