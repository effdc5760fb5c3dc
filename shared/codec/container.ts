// Writes and reads whole container files (container-layout.ts). A reader checks magic, version, lengths, hash and finiteness, and
// answers a tagged error.

import { z } from 'zod';
import { type AppError, appError } from '../app-error.ts';
import { type BoundsCheck, createBoundsCheck } from '../bounds.ts';
import { BlockInfo } from '../contracts/artefact.ts';
import { sha256, timingSafeEqual } from '../digest.ts';
import { err, ok, type Result } from '../result.ts';
import { scanJson } from '../scan-json.ts';
import {
  type ContainerKind,
  hashBytes,
  padded,
  prefixBytes,
  readPrefix,
  writePrefix,
} from './container-layout.ts';

export type BlockArray =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

export type Block = { readonly name: string; readonly shape: readonly number[]; readonly data: BlockArray };

const arrayTypes = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Float16Array,
  int32: Int32Array,
  uint8: Uint8Array,
} as const;

export type ContainerContent = {
  readonly kind: ContainerKind;
  /** Without `blocks`, which is written from the arrays. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly blocks: readonly Block[];
  /** SHA-256; default: WebCrypto's. */
  readonly digest?: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
};

/** Throws RangeError where a block's shape does not hold its data. */
export async function encodeContainer({
  kind,
  header,
  blocks,
  digest = sha256,
}: ContainerContent): Promise<Uint8Array<ArrayBuffer>> {
  const headerBytes = new TextEncoder().encode(
    JSON.stringify({ ...header, blocks: blocks.map(describeBlock) }),
  );
  const headerEnd = padded(prefixBytes + headerBytes.byteLength);
  const blockBytes = blocks.reduce((total, { data }) => total + padded(data.byteLength), 0);
  const bytes = new Uint8Array(headerEnd + blockBytes + hashBytes);
  writePrefix(bytes, kind, headerBytes.byteLength);
  bytes.set(headerBytes, prefixBytes);
  let offset = headerEnd;
  for (const { data } of blocks) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += padded(data.byteLength);
  }
  bytes.set(await digest(bytes.subarray(0, offset)), offset);
  return bytes;
}

const BlockList = z.looseObject({ blocks: z.array(BlockInfo) });

export type DecodedContainer<Header> = {
  readonly header: Header;
  /** The header as it stands in the file, with what the schema does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly blocks: ReadonlyMap<string, BlockArray>;
};

export async function decodeContainer<Header>(
  bytes: Uint8Array,
  {
    kind,
    schema,
    wanted = () => true,
    areViews = false,
  }: {
    readonly kind: ContainerKind;
    readonly schema: z.ZodType<Header>;
    /** Which blocks are read; the others are not copied out of the file. */
    readonly wanted?: (name: string) => boolean;
    /** Blocks are copies, so that none keeps the file in memory; as views, where they are aligned, they are for readers in passing. */
    readonly areViews?: boolean;
  },
): Promise<Result<DecodedContainer<Header>, AppError<'invalid-artefact'>>> {
  const envelope = readEnvelope(bytes, kind);
  if (!envelope.ok) return envelope;
  const body = bytes.subarray(0, bytes.byteLength - hashBytes);
  if (!timingSafeEqual(await sha256(body), bytes.subarray(body.byteLength))) {
    return invalid('its SHA-256 does not match its content');
  }
  const fault = boundsOf(schema)(envelope.value.header);
  if (fault !== undefined) return invalid(`its header's ${fault.path.join('/')} ${fault.message}`);
  const header = schema.safeParse(envelope.value.header);
  if (!header.success)
    return invalid(`its header has a field that does not fit: ${firstIssue(header.error)}`);
  const infos = BlockList.safeParse(envelope.value.header);
  if (!infos.success) return invalid('its header does not list its blocks');
  const blocks = readBlocks(body, envelope.value.headerEnd, infos.data.blocks, { wanted, areViews });
  return blocks.ok ? ok({ header: header.data, raw: infos.data, blocks: blocks.value }) : blocks;
}

const boundsChecks = new WeakMap<z.ZodType, BoundsCheck>();

function boundsOf(schema: z.ZodType): BoundsCheck {
  const check = boundsChecks.get(schema) ?? createBoundsCheck(schema);
  boundsChecks.set(schema, check);
  return check;
}

function readEnvelope(
  bytes: Uint8Array,
  kind: ContainerKind,
): Result<{ header: unknown; headerEnd: number }, AppError<'invalid-artefact'>> {
  if (bytes.byteLength < prefixBytes + hashBytes) return invalid('it is too short');
  const headerByteLength = readPrefix(bytes, kind);
  if (!headerByteLength.ok) return invalid(headerByteLength.error);
  const headerEnd = padded(prefixBytes + headerByteLength.value);
  if (headerEnd + hashBytes > bytes.byteLength) return invalid('its header is longer than the file');
  const headerBytes = bytes.subarray(prefixBytes, prefixBytes + headerByteLength.value);
  // Anybody may have made an artefact; the others come from our own workers.
  const fault = kind === 'icm' ? scanJson(headerBytes) : undefined;
  if (fault !== undefined) return invalid(`its header is not of a shape that is read (${fault.detail})`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(headerBytes);
    return ok({ header: JSON.parse(text), headerEnd });
  } catch {
    return invalid('its header is not JSON');
  }
}

function readBlocks(
  body: Uint8Array,
  start: number,
  infos: readonly BlockInfo[],
  { wanted, areViews }: { readonly wanted: (name: string) => boolean; readonly areViews: boolean },
): Result<Map<string, BlockArray>, AppError<'invalid-artefact'>> {
  const blocks = new Map<string, BlockArray>();
  let offset = start;
  for (const { name, type, shape } of infos) {
    const length = shape.reduce((product, side) => product * side, 1);
    const byteLength = length * arrayTypes[type].BYTES_PER_ELEMENT;
    if (offset + byteLength > body.byteLength) return invalid(`its block ${name} reaches past the end`);
    if (blocks.has(name)) return invalid(`it has two blocks ${name}`);
    const from = offset;
    offset += padded(byteLength);
    if (!wanted(name)) continue;
    const data = readArray(type, body, from, length, areViews);
    if (!allFinite(data)) return invalid(`its block ${name} holds a value that is not finite`);
    blocks.set(name, data);
  }
  return offset === body.byteLength ? ok(blocks) : invalid('it has bytes that belong to no block');
}

function readArray(
  type: BlockInfo['type'],
  body: Uint8Array,
  offset: number,
  length: number,
  isView: boolean,
): BlockArray {
  const ArrayType = arrayTypes[type];
  const { buffer, byteOffset } = body;
  const isAligned = (byteOffset + offset) % ArrayType.BYTES_PER_ELEMENT === 0;
  return isView && isAligned && buffer instanceof ArrayBuffer
    ? new ArrayType(buffer, byteOffset + offset, length)
    : new ArrayType(copyOf(body, offset, length * ArrayType.BYTES_PER_ELEMENT));
}

/** Not `slice`: on a Node Buffer that is a view, whose start may not be aligned. */
function copyOf(bytes: Uint8Array, offset: number, byteLength: number): ArrayBuffer {
  const copy = new Uint8Array(byteLength);
  copy.set(bytes.subarray(offset, offset + byteLength));
  return copy.buffer;
}

function allFinite(data: BlockArray): boolean {
  if (data instanceof Int32Array || data instanceof Uint8Array) return true;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

export function describeBlock({ name, shape, data }: Block): BlockInfo {
  if (shape.reduce((product, side) => product * side, 1) !== data.length) {
    throw new RangeError(`block ${name} of shape [${shape.join(', ')}] has ${data.length} values`);
  }
  return { name, type: typeName(data), shape: [...shape] };
}

function typeName(data: BlockArray): BlockInfo['type'] {
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float16Array) return 'float16';
  if (data instanceof Int32Array) return 'int32';
  return 'uint8';
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'unknown' : `${issue.path.join('/')}: ${issue.message}`.slice(0, 300);
}

function invalid(reason: string): Result<never, AppError<'invalid-artefact'>> {
  return err(appError('invalid-artefact', `The file cannot be read: ${reason}.`));
}
