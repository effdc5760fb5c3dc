// Writes a WebAssembly module of one function into bytes: the few instructions that the kernels of this directory share, and
// the sections around them. Kernels are written out here rather than compiled from another language so that what runs is
// what is read. Specification: webassembly.github.io/spec, SIMD included.

/** Instructions, or any other run of a module's bytes. */
export type Code = readonly number[];

export const op = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  brIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  i32Const: 0x41,
  i32LessUnsigned: 0x49,
  i32GreaterUnsigned: 0x4b,
  i32Add: 0x6a,
  i32Multiply: 0x6c,
  simd: 0xfd,
} as const;
/** On the two vectors pushed before. */
export const float64x2 = {
  add: [op.simd, 0xf0, 0x01],
  subtract: [op.simd, 0xf1, 0x01],
  multiply: [op.simd, 0xf2, 0x01],
} as const;
const simd = { load: 0x00, loadSplat64: 0x0a, store: 0x0b, constant: 0x0c, shuffle: 0x0d } as const;
const valueType = { i32: 0x7f, v128: 0x7b } as const;
const emptyBlock = 0x40;
/** That an address is a multiple of 4; a hint. */
const alignment = 2;

export type KernelSource = {
  /** Under which the function is exported. */
  readonly name: string;
  /** All i32; locals 0 and up. */
  readonly parameters: number;
  /** Numbers of the locals after the parameters: first the i32, then the v128. */
  readonly locals: { readonly i32: number; readonly v128: number };
  readonly body: Code;
};

/** The bytes of a module that imports `env.memory` and exports the one function, which returns nothing. */
export function assemble({ name, parameters, locals, body }: KernelSource): Uint8Array<ArrayBuffer> {
  const code = [
    ...vector([
      [...unsigned(locals.i32), valueType.i32],
      [...unsigned(locals.v128), valueType.v128],
    ]),
    ...body,
    op.end,
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([[0x60, ...vector(new Array<Code>(parameters).fill([valueType.i32])), 0x00]])),
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 0x01]])),
    ...section(3, vector([[0x00]])),
    ...section(7, vector([[...text(name), 0x00, 0x00]])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
}

/** `code` of 0 up to `count` − 1, one after the other. */
export function unrolled(count: number, code: (index: number) => Code): Code {
  return Array.from({ length: count }, (_, index) => code(index)).flat();
}

type Relation = 'below' | 'above';

/** Runs `body` if the address in local `pointer` is below (or above) that in local `end`. */
export function when(pointer: number, relation: Relation, end: number, body: Code): Code {
  return [...compare(pointer, relation, end), op.if, emptyBlock, ...body, op.end];
}

/** Runs `body`, and again while the address in local `pointer` is below (or above) that in local `end`. */
export function repeatWhile(pointer: number, relation: Relation, end: number, body: Code): Code {
  return [op.loop, emptyBlock, ...body, ...compare(pointer, relation, end), op.brIf, 0, op.end];
}

function compare(pointer: number, relation: Relation, end: number): Code {
  return [op.get, pointer, op.get, end, relation === 'below' ? op.i32LessUnsigned : op.i32GreaterUnsigned];
}

/** Pushes the 16 bytes at a local's address + `offset`. */
export function load(pointer: number, offset: number): Code {
  return [op.get, pointer, op.simd, simd.load, alignment, ...unsigned(offset)];
}

/** Pushes the float64 at a local's address + `offset`, in both lanes. */
export function loadSplat64(pointer: number, offset: number): Code {
  return [op.get, pointer, op.simd, simd.loadSplat64, alignment, ...unsigned(offset)];
}

/** Writes the vector that `value` pushes to a local's address + `offset`. */
export function store(pointer: number, offset: number, value: Code): Code {
  return [op.get, pointer, ...value, op.simd, simd.store, alignment, ...unsigned(offset)];
}

/** Pushes (the sum of the two float64 of local `first`, that of local `second`). */
export function sumsOfLanes(first: number, second: number): Code {
  const lanes = (offset: number) => [0, 16].flatMap((vector) => bytesFrom(vector + offset));
  const pick = (offset: number) => [op.get, first, op.get, second, op.simd, simd.shuffle, ...lanes(offset)];
  return [...pick(0), ...pick(8), ...float64x2.add];
}

/** Eight indices of bytes in a row. */
function bytesFrom(first: number): Code {
  return Array.from({ length: 8 }, (_, index) => first + index);
}

/** Pushes a vector of zeros. */
export const zeroVector: Code = [op.simd, simd.constant, ...new Array<number>(16).fill(0)];

export function copy(from: number, to: number): Code {
  return [op.get, from, op.set, to];
}

export function step(target: number, bytes: number): Code {
  return [op.get, target, op.i32Const, ...signed(bytes), op.i32Add, op.set, target];
}

/** to = base + stride · times, all but `times` locals. */
export function addMultiple(base: number, stride: number, times: number, to: number): Code {
  return [...multipleOf(base, stride, times), op.set, to];
}

/** Pushes base + stride · times. */
export function multipleOf(base: number, stride: number, times: number): Code {
  return [op.get, base, op.get, stride, op.i32Const, ...signed(times), op.i32Multiply, op.i32Add];
}

/** LEB128. */
export function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(characters: string): Code {
  return vector(Array.from(characters, (character) => [character.charCodeAt(0)]));
}
