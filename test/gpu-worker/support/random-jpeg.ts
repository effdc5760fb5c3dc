// Baseline JPEGs (ITU-T T.81) of random coefficients, in forms that sharp does not write: any sampling, restart markers, codes of any length,
// any identification of the components.

export type RandomJpeg = {
  readonly width: number;
  readonly height: number;
  /** Across and down, of each component. */
  readonly sampling: readonly (readonly [across: number, down: number])[];
  /** MCUs. */
  readonly restartInterval?: number;
  /** Of all AC codes: 8 to 16. */
  readonly codeLength?: number;
  readonly ids?: readonly number[];
  readonly withJfif?: boolean;
  /** Of Adobe's segment; absent: there is none. */
  readonly adobeTransform?: number;
};

const sizes = Array.from({ length: 12 }, (_, size) => size);
/** Run and size of AC coefficients: none left, sixteen zeros, and runs of up to 5 before numbers of up to 6 bits. */
const runs = [0x00, 0xf0, ...[0, 1, 2, 5].flatMap((run) => [1, 2, 4, 6].map((size) => (run << 4) | size))];

export function randomJpeg(options: RandomJpeg, next: () => number): Uint8Array {
  const { width, height, sampling, restartInterval = 0, codeLength = 8 } = options;
  const { ids = sampling.map((_, index) => index + 1), withJfif = true, adobeTransform } = options;
  const below = (count: number) => Math.floor(next() * count);
  const lengths = (length: number, count: number) =>
    Array.from({ length: 16 }, (_, i) => (i + 1 === length ? count : 0));
  const quantisers = Array.from({ length: 64 }, () => 1 + below(12));
  const frame = sampling.flatMap(([across, down], i) => [ids[i] ?? 0, (across << 4) | down, 0]);
  const adobe = [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, adobeTransform ?? 0];
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...(withJfif ? segment(0xe0, [...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]) : []),
    ...(adobeTransform === undefined ? [] : segment(0xee, adobe)),
    ...segment(0xdb, [0, ...quantisers]),
    ...segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, sampling.length, ...frame]),
    ...segment(0xc4, [0x00, ...lengths(4, sizes.length), ...sizes]),
    ...segment(0xc4, [0x10, ...lengths(codeLength, runs.length), ...runs]),
    ...(restartInterval > 0 ? segment(0xdd, [restartInterval >> 8, restartInterval & 255]) : []),
    ...segment(0xda, [sampling.length, ...sampling.flatMap((_, i) => [ids[i] ?? 0, 0]), 0, 63, 0]),
    ...scan(options, codeLength, restartInterval, below),
    ...[0xff, 0xd9],
  ]);
}

function segment(marker: number, content: readonly number[]): number[] {
  return [0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255, ...content];
}

function scan(
  { width, height, sampling }: RandomJpeg,
  codeLength: number,
  restartInterval: number,
  below: (count: number) => number,
): number[] {
  const bytes: number[] = [];
  let bits = '';
  const number = (size: number) => {
    for (let bit = 0; bit < size; bit++) bits += below(2);
  };
  const flush = () => {
    bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    for (let at = 0; at < bits.length; at += 8) {
      const byte = Number.parseInt(bits.slice(at, at + 8), 2);
      bytes.push(...(byte === 0xff ? [0xff, 0] : [byte]));
    }
    bits = '';
  };
  const block = () => {
    const size = below(6);
    bits += size.toString(2).padStart(4, '0');
    number(size);
    for (let k = 1; below(4) > 0; ) {
      const symbol = 1 + below(runs.length - 1);
      const [run, acSize] = [(runs[symbol] ?? 0) >> 4, (runs[symbol] ?? 0) & 15];
      k += run + 1;
      if (k > 63) break;
      bits += symbol.toString(2).padStart(codeLength, '0');
      number(acSize);
    }
    bits += '0'.repeat(codeLength);
  };
  const across = Math.max(...sampling.map(([h]) => h));
  const down = Math.max(...sampling.map(([, v]) => v));
  const count = Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down));
  for (let mcu = 0; mcu < count; mcu++) {
    if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) {
      flush();
      bytes.push(0xff, 0xd0 + ((mcu / restartInterval - 1) % 8));
    }
    for (const [h, v] of sampling) for (let i = 0; i < h * v; i++) block();
  }
  flush();
  return bytes;
}
