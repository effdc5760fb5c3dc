// CIE L*a*b* (D50) to sRGB as Pillow does it with Little CMS: through a table of 33 x 33 x 33 colours, each the exact one, and
// straight lines between the four that enclose a colour (tetrahedral interpolation). Dark and saturated colours lie up to 39
// levels from the exact ones for that; through the same table they lie at most 1 from Pillow's.

const side = 33;
const channels = 3;
/** From one colour of the table to the next along L*, a* and b*. */
const strides = [side * side * channels, side * channels, channels] as const;
/** 8-bit levels between two colours of the table. */
const step = 255 / (side - 1);

const whiteD50 = [0.9642, 1, 0.8249] as const;
/** XYZ about D50 to linear sRGB, adapted by Bradford's matrix (Lindbloom). */
const toLinear = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const;

let table: Uint16Array | undefined;

/**
 * In place. `levels`: [pixels, 3], as TIFF stores them: L* over 0..255, a* and b* signed bytes.
 * https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf, section 23
 */
export function labToRgb(levels: Uint8Array): void {
  table ??= makeTable();
  for (let i = 0; i + 2 < levels.length; i += channels) {
    const l = (levels[i] as number) / step;
    const a = ((levels[i + 1] as number) ^ 128) / step;
    const b = ((levels[i + 2] as number) ^ 128) / step;
    const cell = { l: cellOf(l), a: cellOf(a), b: cellOf(b) };
    const corner = cell.l * strides[0] + cell.a * strides[1] + cell.b * strides[2];
    interpolate(table, corner, [l - cell.l, a - cell.a, b - cell.b], levels, i);
  }
}

function cellOf(position: number): number {
  return Math.min(side - 2, Math.floor(position));
}

/** From a cell's first corner to its last, one axis after the other, that of the largest share first. */
function interpolate(
  colours: Uint16Array,
  corner: number,
  shares: readonly [number, number, number],
  target: Uint8Array,
  offset: number,
): void {
  const [first, second, third] = orderOf(shares);
  const one = corner + strides[first];
  const two = one + strides[second];
  const three = two + strides[third];
  for (let channel = 0; channel < channels; channel++) {
    const start = colours[corner + channel] as number;
    const afterOne = colours[one + channel] as number;
    const afterTwo = colours[two + channel] as number;
    const end = colours[three + channel] as number;
    const level =
      start +
      shares[first] * (afterOne - start) +
      shares[second] * (afterTwo - afterOne) +
      shares[third] * (end - afterTwo);
    target[offset + channel] = Math.round(level / 257);
  }
}

type Axis = 0 | 1 | 2;
type AxisOrder = readonly [Axis, Axis, Axis];

const orders = {
  lab: [0, 1, 2],
  lba: [0, 2, 1],
  bla: [2, 0, 1],
  alb: [1, 0, 2],
  abl: [1, 2, 0],
  bal: [2, 1, 0],
} as const satisfies Record<string, AxisOrder>;

function orderOf([l, a, b]: readonly [number, number, number]): AxisOrder {
  if (l >= a) return a >= b ? orders.lab : l >= b ? orders.lba : orders.bla;
  return l >= b ? orders.alb : a >= b ? orders.abl : orders.bal;
}

/** [L*, a*, b*, RGB] as 16-bit levels. */
function makeTable(): Uint16Array {
  const made = new Uint16Array(side ** 3 * channels);
  let place = 0;
  for (let l = 0; l < side; l++) {
    for (let a = 0; a < side; a++) {
      for (let b = 0; b < side; b++) {
        for (const level of exactColour((l * 100) / (side - 1), a * step - 128, b * step - 128)) {
          made[place++] = Math.round(level * 65_535);
        }
      }
    }
  }
  return made;
}

/** CIE 15:2004, and IEC 61966-2-1; levels 0..1, what lies outside sRGB cut off. */
function exactColour(lightness: number, a: number, b: number): number[] {
  const fy = (lightness + 16) / 116;
  const [x, y, z] = [fy + a / 500, fy, fy - b / 200].map((f, axis) => whiteD50[axis as 0] * uncompressed(f));
  return toLinear.map(([fromX, fromY, fromZ]) => {
    const linear = fromX * (x as number) + fromY * (y as number) + fromZ * (z as number);
    const level = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
    return Math.min(1, Math.max(0, level));
  });
}

function uncompressed(f: number): number {
  return f > 6 / 29 ? f ** 3 : 3 * (6 / 29) ** 2 * (f - 4 / 29);
}
