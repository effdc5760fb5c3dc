// `.icm` artefacts: a fitted projection with its heads in both modes, what chose them and what they were fitted from. Writes
// the second format (blocks as SecondArtefactHeader lists them) and reads the first too. The content hash names what was
// fitted; when it was written lies outside.

import { type AppError, appError } from '../app-error.ts';
import { ArtefactHeader, type SecondArtefactHeader } from '../contracts/artefact.ts';
import { sha256OfParts, toHex } from '../digest.ts';
import type { FittedModes } from '../math/answer/fitted-head.ts';
import type { SourceMoments } from '../math/fit/fit-input.ts';
import type { LeftOutRecord } from '../math/fit/left-out-record.ts';
import { err, ok, type Result } from '../result.ts';
import { BlockReader, block, readingBlocks } from './blocks.ts';
import { type Block, decodeContainer, describeBlock, encodeContainer } from './container.ts';
import { readFirst } from './icm-first.ts';
import { leftOutBlocks, readLeftOut } from './icm-left-out.ts';
import { numberBlocks, readModes } from './icm-modes.ts';

export type ArtefactSources = Pick<SourceMoments, 'means' | 'mean'> & {
  /** See FittedProjection. */
  readonly variances: ReadonlyMap<Float32Array | undefined, Float32Array>;
};

export type Artefact = {
  readonly header: ArtefactHeader;
  readonly heads: readonly FittedModes[];
  /** [d], what a centred head takes out of pictures without a profile. */
  readonly mean?: Float32Array;
  /** [d], what the first format takes out of texts; since then it is the mean of the labels that are asked about. */
  readonly textMean?: Float32Array;
  /** From the second format on. */
  readonly sources?: ArtefactSources;
  /** Where sources were left out, since that is kept. */
  readonly leftOut?: LeftOutRecord;
};

/** An artefact before it is written: the encoder fills in the rest of the header. */
export type ArtefactDraft = {
  readonly header: Omit<SecondArtefactHeader, 'format' | 'contentHash' | 'heads' | 'leftOut' | 'blocks'>;
  readonly heads: readonly FittedModes[];
  readonly sources: ArtefactSources;
  readonly leftOut?: LeftOutRecord;
};

export type EncodedArtefact = { readonly bytes: Uint8Array<ArrayBuffer>; readonly contentHash: string };

/** Throws RangeError where a head's arrays do not fit its shapes. */
export async function encodeArtefact(artefact: ArtefactDraft): Promise<EncodedArtefact> {
  const { embeddingDimension: dimension, source } = artefact.header;
  const { infos, blocks: modeBlocks, numberOf } = numberBlocks(artefact.heads, dimension);
  const { means, mean, variances } = artefact.sources;
  const count = source.environments.length;
  const leftOut = artefact.leftOut === undefined ? undefined : leftOutBlocks(artefact.leftOut);
  const blocks = [
    ...modeBlocks,
    block('source/means', [count, dimension], means),
    block('source/mean', [dimension], mean),
    ...[...variances].map(([projection, variance]) =>
      block(`variance/${numberOf(projection)}`, [count, dimension], variance),
    ),
    ...(leftOut?.blocks ?? []),
  ];
  const content = { ...artefact.header, format: 'icm/2', heads: infos, leftOut: leftOut?.info };
  const contentHash = await hashContent({ ...content, blocks: blocks.map(describeBlock) }, blocks);
  // Keys in one order whoever made the objects: equal artefacts are equal bytes.
  const header: Record<string, unknown> = JSON.parse(canonicalJson({ ...content, contentHash }));
  const bytes = await encodeContainer({ kind: 'icm', header, blocks });
  return { bytes, contentHash };
}

/** Its arrays are views of the file where that is aligned. */
export async function decodeArtefact(
  bytes: Uint8Array,
): Promise<Result<Artefact, AppError<'invalid-artefact'>>> {
  const decoded = await decodeContainer(bytes, { kind: 'icm', schema: ArtefactHeader, areViews: true });
  if (!decoded.ok) return decoded;
  const { header, raw, blocks } = decoded.value;
  const reader = new BlockReader(blocks, header.blocks);
  const arrays = header.blocks.map(({ name, shape }) =>
    block(name, shape, blocks.get(name) ?? new Uint8Array()),
  );
  // Over the header as it stands in the file: a schema that learns to trim must not change what a file is called.
  if ((await hashContent(raw, arrays)) !== header.contentHash) {
    return err(appError('invalid-artefact', 'The file cannot be read: its content hash does not match.'));
  }
  return readingBlocks(() => {
    const artefact = readAnswering(header, reader);
    if (header.format === 'icm/1' || header.leftOut === undefined) return ok(artefact);
    return ok({ ...artefact, leftOut: readLeftOut(header.leftOut, reader) });
  });
}

/** What answers, of a file that this service has checked when it took it: the content hash is not worked out again. */
export async function decodeAnswering(
  bytes: Uint8Array,
): Promise<Result<Omit<Artefact, 'leftOut'>, AppError<'invalid-artefact'>>> {
  const wanted = (name: string) => !isLeftOut(name);
  const options = { kind: 'icm', schema: ArtefactHeader, wanted, areViews: true } as const;
  const decoded = await decodeContainer(bytes, options);
  if (!decoded.ok) return decoded;
  const { header, blocks } = decoded.value;
  return readingBlocks(() => ok(readAnswering(header, new BlockReader(blocks, header.blocks))));
}

const isLeftOut = (name: string) => name.startsWith('left-out/');

function readAnswering(header: ArtefactHeader, reader: BlockReader): Omit<Artefact, 'leftOut'> {
  return header.format === 'icm/1' ? readFirst(header, reader) : readSecond(header, reader);
}

/** What a version is compared by: the header, and the pictures left out where that is kept. */
export type VersionRecord = Pick<Artefact, 'header' | 'leftOut'>;

/** Reads only that, of a file that this service has checked when it took it. */
export async function decodeVersionRecord(
  bytes: Uint8Array,
): Promise<Result<VersionRecord, AppError<'invalid-artefact'>>> {
  const decoded = await decodeContainer(bytes, { kind: 'icm', schema: ArtefactHeader, wanted: isLeftOut });
  if (!decoded.ok) return decoded;
  const { header, blocks } = decoded.value;
  if (header.format === 'icm/1' || header.leftOut === undefined) return ok({ header });
  const { leftOut } = header;
  const reader = new BlockReader(blocks, header.blocks);
  return readingBlocks(() => ok({ header, leftOut: readLeftOut(leftOut, reader) }));
}

function readSecond(header: SecondArtefactHeader, reader: BlockReader): Omit<Artefact, 'leftOut'> {
  const { embeddingDimension: dimension, source } = header;
  const { heads, projections } = readModes(header, reader);
  const count = source.environments.length;
  const variances = new Map<Float32Array | undefined, Float32Array>();
  for (const [name, projection] of [['identity', undefined] as const, ...projections]) {
    const of = `variance/${name}`;
    if (reader.has(of)) variances.set(projection, reader.float32(of, [count, dimension]));
  }
  const mean = reader.float32('source/mean', [dimension]);
  const means = reader.float32('source/means', [count, dimension]);
  return { header, heads, mean, sources: { mean, means, variances } };
}

/** SHA-256 over the header without `contentHash` and `createdAt`, as canonical JSON, and over all blocks in order. */
async function hashContent(
  header: Readonly<Record<string, unknown>>,
  blocks: readonly Block[],
): Promise<string> {
  const { contentHash: _, createdAt: __, ...content } = header;
  const text = new TextEncoder().encode(canonicalJson(content));
  const parts = [
    text,
    ...blocks.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
  return toHex(await sha256OfParts(parts));
}

/** JSON with the keys of every object in the order of their code units and absent values left out. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
