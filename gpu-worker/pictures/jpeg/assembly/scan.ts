// AssemblyScript: the one scan of a baseline JPEG (ITU-T T.81, annex F) to the levels of its components. Whatever is unusual ends it with 0,
// and libvips then judges the file: codes that are none, coefficients beyond the last, bits that are missing or left over, numbers
// so large that the order of computing would tell.
//
// What is left of the stream is in locals, so filling them is written out wherever bits are needed.

import { fill, transform } from './inverse-transform';

/** Bits of a code that a table is looked up with. */
const lookBits: u64 = 11;
/** Of a block's coefficients, by their size: up to it nothing between the two passes of the transform leaves 16 bits, nor two of it added. */
const maxSum: i32 = 5800;
/** With it no product overflows. */
const maxPrediction: i32 = 32767;

/** In each of eight bytes its lowest bit, and its highest: with them a word is asked whether a byte of it is 0xff. */
const ones: u64 = ((<u64>0x01010101) << 32) | 0x01010101;
const highs: u64 = ones << 7;

// A component's description: words of 32 bits.
const planeAt: usize = 0;
const strideAt: usize = 4;
const acrossAt: usize = 8;
const downAt: usize = 12;
const quantisersAt: usize = 16;
const dcTableAt: usize = 20;
const acTableAt: usize = 24;
const predictionAt: usize = 28;
const componentBytes: usize = 32;

/**
 * Decodes the scan that begins at `at` to the components' planes. `block`: 128 bytes of zeros, and behind them where each coefficient
 * belongs (64 bytes). Answers the address of the marker that ends the scan, or 0.
 */
export function decodeScan(
  at: usize,
  end: usize,
  components: usize,
  endOfComponents: usize,
  mcusAcross: i32,
  mcusDown: i32,
  restartInterval: i32,
  block: usize,
): usize {
  const order = block + 128;
  let bits: u64 = 0;
  let count: i32 = 0;
  let untilRestart = restartInterval;
  let restarts: u32 = 0;
  for (let y: i32 = 0; y < mcusDown; y++) {
    for (let x: i32 = 0; x < mcusAcross; x++) {
      if (restartInterval > 0 && untilRestart === 0) {
        // All that is left before the marker is padding.
        while (count <= 56 && at + 2 <= end) {
          const byte = <u64>load<u8>(at);
          if (byte === 0xff) {
            if (load<u8>(at, 1) !== 0) break;
            at += 2;
          } else at++;
          count += 8;
        }
        if (count < 0 || count >= 8 || at + 2 > end) return 0;
        if (load<u8>(at) !== 0xff || load<u8>(at, 1) !== 0xd0 + (restarts & 7)) return 0;
        at += 2;
        restarts++;
        bits = 0;
        count = 0;
        untilRestart = restartInterval;
        for (let c = components; c < endOfComponents; c += componentBytes) store<i32>(c + predictionAt, 0);
      }
      untilRestart--;
      for (let component = components; component < endOfComponents; component += componentBytes) {
        const across = load<i32>(component + acrossAt);
        const down = load<i32>(component + downAt);
        const stride = load<i32>(component + strideAt);
        const quantisers = <usize>load<u32>(component + quantisersAt);
        const dcTable = <usize>load<u32>(component + dcTableAt);
        const acTable = <usize>load<u32>(component + acTableAt);
        const corner = <usize>load<u32>(component + planeAt) + 8 * (y * down * stride + x * across);
        for (let v: i32 = 0; v < down; v++) {
          for (let h: i32 = 0; h < across; h++) {
            const target = corner + 8 * (v * stride + h);
            // The first coefficient, as its difference from the block before.
            if (count < 32) {
              const word = at + 8 <= end ? bswap<u64>(load<u64>(at)) : ~(<u64>0);
              if (((~word - ones) & word & highs) === 0) {
                bits |= word >> <u64>count;
                at += (63 - count) >> 3;
                count |= 56;
              } else {
                while (count <= 56 && at + 2 <= end) {
                  const byte = <u64>load<u8>(at);
                  if (byte === 0xff) {
                    if (load<u8>(at, 1) !== 0) break;
                    at += 2;
                  } else at++;
                  bits |= byte << (<u64>(56 - count));
                  count += 8;
                }
              }
            }
            let entry = load<u32>(dcTable + ((<usize>(bits >> (64 - lookBits))) << 2));
            if (entry === 0) return 0;
            let size: i32 = (entry >> 8) & 15;
            let length: i32 = entry & 31;
            let difference: i32 = 0;
            bits <<= <u64>length;
            count -= length;
            if ((entry & 0x80) !== 0) difference = <i32>entry >> 16;
            else {
              difference = extended(<i32>(bits >> <u64>(64 - size)), size);
              bits <<= <u64>size;
              count -= size;
            }
            const dc = load<i32>(component + predictionAt) + difference;
            if (abs(dc) > maxPrediction) return 0;
            store<i32>(component + predictionAt, dc);
            const first = dc * <i32>load<u16>(quantisers);
            let sum = abs(first);
            let last: i32 = 0;
            let k: i32 = 1;
            while (k < 64) {
              if (count < 32) {
                const word = at + 8 <= end ? bswap<u64>(load<u64>(at)) : ~(<u64>0);
                if (((~word - ones) & word & highs) === 0) {
                  bits |= word >> <u64>count;
                  at += (63 - count) >> 3;
                  count |= 56;
                } else {
                  while (count <= 56 && at + 2 <= end) {
                    const byte = <u64>load<u8>(at);
                    if (byte === 0xff) {
                      if (load<u8>(at, 1) !== 0) break;
                      at += 2;
                    } else at++;
                    bits |= byte << (<u64>(56 - count));
                    count += 8;
                  }
                }
              }
              entry = load<u32>(acTable + ((<usize>(bits >> (64 - lookBits))) << 2));
              length = entry & 31;
              let symbol = (entry >> 8) & 255;
              if (entry === 0) {
                // A code longer than the table's: its length by the first code beyond each.
                const limits = acTable + (1 << (<usize>lookBits + 2));
                const next = <u32>(bits >> 48);
                length = 12;
                while (length <= 16 && next >= load<u32>(limits + (length << 2))) length++;
                if (length > 16) return 0;
                const index = <i32>(next >> (16 - length)) + load<i32>(limits + 68 + (length << 2));
                symbol = load<u8>(limits + 136 + index);
              }
              bits <<= <u64>length;
              count -= length;
              size = symbol & 15;
              if (size === 0) {
                if (symbol === 0) break;
                if (symbol !== 0xf0) return 0;
                k += 16;
                continue;
              }
              let value = <i32>entry >> 16;
              if ((entry & 0x80) === 0) {
                if (size > 10) return 0;
                value = extended(<i32>(bits >> <u64>(64 - size)), size);
                bits <<= <u64>size;
                count -= size;
              }
              k += symbol >> 4;
              if (k > 63) return 0;
              const coefficient = value * <i32>load<u16>(quantisers + (k << 1));
              sum += abs(coefficient);
              store<i16>(block + ((<usize>load<u8>(order + k)) << 1), <i16>coefficient);
              last = k;
              k++;
            }
            if (count < 0 || k > 64 || sum > maxSum) return 0;
            if (last === 0) fill(target, stride, (first + 4) >> 3);
            else {
              store<i16>(block, <i16>first);
              transform(block, target, stride);
            }
          }
        }
      }
    }
  }
  while (count <= 56 && at + 2 <= end) {
    const byte = <u64>load<u8>(at);
    if (byte === 0xff) {
      if (load<u8>(at, 1) !== 0) break;
      at += 2;
    } else at++;
    count += 8;
  }
  return count >= 0 && count < 8 && at + 2 <= end && load<u8>(at) === 0xff ? at : 0;
}

/** T.81's EXTEND: `size` bits of a number that is negative where they begin with 0. */
function extended(bits: i32, size: i32): i32 {
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
