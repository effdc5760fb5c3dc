// `.icm` artefacts: a fitted projection with its heads, what chose them and what they were fitted from. Blocks as HeadInfo
// lists them. The content hash names what was fitted; when it was written lies outside.

import { type AppError, appError } from '../app-error.ts';
import { ArtefactHeader, type HeadInfo } from '../contracts/artefact.ts';
import { sha256Hex } from '../digest.ts';
import type { FittedHead, ModalityMeans } from '../math/answer/classify.ts';
import { err, ok, type Result } from '../result.ts';
import { BlockReader, block, readingBlocks } from './blocks.ts';
import { type Block, decodeContainer, describeBlock, encodeContainer } from './container.ts';

export type Artefact = {
  readonly header: ArtefactHeader;
  readonly heads: readonly FittedHead[];
  /** Where the header says `removeMean`. */
  readonly means?: ModalityMeans;
};

/** An artefact before it is written: the encoder fills in the rest of the header. */
export type ArtefactDraft = Omit<Artefact, 'header'> & {
  readonly header: Omit<ArtefactHeader, 'format' | 'contentHash' | 'heads' | 'blocks' | 'removeMean'>;
};

export type EncodedArtefact = { readonly bytes: Uint8Array<ArrayBuffer>; readonly contentHash: string };

/** Throws RangeError where a head's arrays do not fit its shapes. */
export async function encodeArtefact(artefact: ArtefactDraft): Promise<EncodedArtefact> {
  const { heads, means } = artefact;
  const dimension = artefact.header.embeddingDimension;
  const blocks = [
    ...heads.flatMap((head) => headBlocks(head, dimension)),
    ...(means === undefined
      ? []
      : [block('mean/image', [dimension], means.image), block('mean/text', [dimension], means.text)]),
  ];
  const content = {
    ...artefact.header,
    format: 'icm/1',
    heads: heads.map(infoOf),
    removeMean: means !== undefined,
  };
  const contentHash = await hashContent({ ...content, blocks: blocks.map(describeBlock) }, blocks);
  // Keys in one order whoever made the objects: equal artefacts are equal bytes.
  const header: Record<string, unknown> = JSON.parse(canonicalJson({ ...content, contentHash }));
  const bytes = await encodeContainer({ kind: 'icm', header, blocks });
  return { bytes, contentHash };
}

export async function decodeArtefact(
  bytes: Uint8Array,
): Promise<Result<Artefact, AppError<'invalid-artefact'>>> {
  const decoded = await decodeContainer(bytes, { kind: 'icm', schema: ArtefactHeader });
  if (!decoded.ok) return decoded;
  const { header, blocks } = decoded.value;
  const reader = new BlockReader(blocks, header.blocks);
  const arrays = header.blocks.map(({ name, shape }) =>
    block(name, shape, blocks.get(name) ?? new Uint8Array()),
  );
  if ((await hashContent(header, arrays)) !== header.contentHash) {
    return err(appError('invalid-artefact', 'The file cannot be read: its content hash does not match.'));
  }
  return readingBlocks(() => ok(artefactOf(header, reader)));
}

function artefactOf(header: ArtefactHeader, reader: BlockReader): Artefact {
  const dimension = header.embeddingDimension;
  const heads = header.heads.map((info) => readHead(info, header, reader));
  if (!header.removeMean) return { header, heads };
  return {
    header,
    heads,
    means: {
      image: reader.float32('mean/image', [dimension]),
      text: reader.float32('mean/text', [dimension]),
    },
  };
}

function readHead(info: HeadInfo, header: ArtefactHeader, reader: BlockReader): FittedHead {
  const { lambda, alpha, featureScale, ...rest } = info;
  const classCount = header.labels.length;
  const probe = info.head !== 'zero-shot';
  return {
    ...rest,
    ...(lambda === undefined ? {} : { lambda }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(featureScale === undefined ? {} : { featureScale }),
    projection: reader.float32(`${info.head}/projection`, [info.dimension, header.embeddingDimension]),
    prototypes: reader.float32(`${info.head}/prototypes`, [classCount, info.dimension]),
    ...(probe
      ? {
          weights: reader.float32(`${info.head}/weights`, [classCount, info.dimension]),
          bias: reader.float32(`${info.head}/bias`, [classCount]),
        }
      : {}),
  };
}

function infoOf({ projection: _, prototypes: __, weights: ___, bias: ____, ...info }: FittedHead): HeadInfo {
  return info;
}

function headBlocks(head: FittedHead, embeddingDimension: number): Block[] {
  const { dimension, projection, prototypes, weights, bias } = head;
  const classCount = prototypes.length / dimension;
  return [
    block(`${head.head}/projection`, [dimension, embeddingDimension], projection),
    block(`${head.head}/prototypes`, [classCount, dimension], prototypes),
    ...(weights === undefined ? [] : [block(`${head.head}/weights`, [classCount, dimension], weights)]),
    ...(bias === undefined ? [] : [block(`${head.head}/bias`, [classCount], bias)]),
  ];
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
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return await sha256Hex(bytes);
}

/** JSON with the keys of every object in the order of their code units and absent values left out. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
