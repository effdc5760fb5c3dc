// Tars by hand, sound and unsound: what no writer would write, so that the reader can be shown it.

const blockBytes = 512;
const encoder = new TextEncoder();

export type RawEntry = {
  readonly name: string;
  /** The type's character; default a plain file. */
  readonly type?: string;
  readonly data?: Uint8Array | string;
  /** What the header says, where it is not the data's length. */
  readonly statedBytes?: number;
};

/** The two blocks of zeros at the end. */
export const tarEnd = new Uint8Array(2 * blockBytes);

export function rawTar(...parts: readonly (RawEntry | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const blocks = parts.flatMap((part) => (part instanceof Uint8Array ? [part] : entryBlocks(part)));
  return new Uint8Array(Buffer.concat(blocks));
}

/** `<length> <rest>\n` with the length given, right or wrong. */
export function paxRecord(length: number | string, rest: string): string {
  return `${length} ${rest}\n`;
}

function entryBlocks({ name, type = '0', data = '', statedBytes }: RawEntry): Uint8Array[] {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  const padding = new Uint8Array((blockBytes - (bytes.length % blockBytes)) % blockBytes);
  return [header(name, type, statedBytes ?? bytes.length), bytes, padding];
}

function header(name: string, type: string, byteLength: number): Uint8Array {
  const block = new Uint8Array(blockBytes);
  const put = (offset: number, text: string) => block.set(encoder.encode(text), offset);
  put(0, name.slice(0, 100));
  put(124, `${byteLength.toString(8).padStart(11, '0')}\0`);
  put(148, ' '.repeat(8));
  put(156, type);
  put(257, 'ustar\x0000');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  put(148, `${checksum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
