// What the `models` commands print for people. Pure text; no I/O.

import type { EncoderInfo } from '../../gpu-worker/clip/encoder.ts';
import type { InstalledModel } from '../../infra/models/inventory.ts';
import type { Pulled } from '../../infra/models/pull.ts';
import type { VerifyReport } from '../../infra/models/verify.ts';
import { formatTable } from '../terminal/output.ts';
import type { Comparison } from './reference.ts';
import { formatMegabytes } from './transfer-line.ts';

export type Verification = VerifyReport & { readonly id: string; readonly embeddings?: Comparison };

/** What was pulled and what it is, in one line. */
export function formatPulled(
  { manifest, directory, unchanged }: Pulled,
  { family, embeddingDimension, imageSize, contextLength, assumed }: EncoderInfo,
): string {
  const bytes = manifest.files.reduce((total, { size }) => total + size, 0);
  const what = `${manifest.id} (${manifest.variants.join(', ')}, ${shortCommit(manifest.commit)})`;
  const facts = [
    family,
    `${embeddingDimension} values`,
    `pictures of ${imageSize} pixels`,
    `texts of ${contextLength} tokens`,
    `${manifest.files.length} files, ${formatMegabytes(bytes)} MB`,
    manifest.license === undefined ? 'no licence stated' : `licence ${manifest.license}`,
    ...(assumed === undefined ? [] : [`probabilities by an assumed ${assumed}`]),
  ];
  return `${what}${unchanged ? ' is up to date' : ''}: ${facts.join('; ')}; runs; in ${directory}`;
}

export function formatInventory(root: string, models: readonly InstalledModel[]): string {
  if (models.length === 0) return `no models in ${root}`;
  const rows = models.map((model) => [
    model.id,
    model.variants === undefined ? 'not pulled' : shortCommit(model.commit),
    model.variants?.join(', ') ?? '-',
    `${formatMegabytes(model.bytes)} MB`,
    String(model.dimension ?? '-'),
  ]);
  const columns = ['model', 'revision', 'variants', 'size', 'dimension'];
  return formatTable(columns, rows, '', Number.POSITIVE_INFINITY);
}

export function formatVerification(models: readonly Verification[]): string {
  if (models.length === 0) return 'no model was pulled: nothing to verify';
  return models
    .flatMap(({ id, files, whole, embeddings }) => [
      `${id}: ${whole ? `whole, ${files.length} files` : 'DAMAGED'}`,
      ...(embeddings === undefined ? [] : [`  ${formatComparison(embeddings)}`]),
      ...files.filter(({ state }) => state !== 'whole').map(({ path, state }) => `  ${path}: ${state}`),
    ])
    .join('\n');
}

function shortCommit(commit: string | undefined): string {
  return commit?.slice(0, 12) ?? 'no revision';
}

function formatComparison({ texts, pictures, leastCosine, equal }: Comparison): string {
  const what = `embeddings of ${texts} texts and ${pictures} pictures`;
  return `${what}: ${equal ? 'equal to' : 'DIFFERENT FROM'} reference.json (least cosine ${leastCosine.toFixed(7)})`;
}
