// What the `models` commands print for people. Pure text; no I/O.

import type { InstalledModel } from '../../infra/models/inventory.ts';
import type { Pulled } from '../../infra/models/pull.ts';
import type { VerifyReport } from '../../infra/models/verify.ts';
import { formatTable } from '../terminal/output.ts';
import { formatMegabytes } from './transfer-line.ts';

export type Verification = VerifyReport & { readonly id: string };

export function formatPulled({ manifest, directory, unchanged }: Pulled): string {
  const bytes = manifest.files.reduce((total, { size }) => total + size, 0);
  const what = `${manifest.id} (${manifest.variants.join(', ')}, ${shortCommit(manifest.commit)})`;
  return unchanged
    ? `${what} is up to date in ${directory}`
    : `${what}: ${manifest.files.length} files, ${formatMegabytes(bytes)} MB, in ${directory}`;
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
    .flatMap(({ id, files, whole }) => [
      `${id}: ${whole ? `whole, ${files.length} files` : 'DAMAGED'}`,
      ...files.filter(({ state }) => state !== 'whole').map(({ path, state }) => `  ${path}: ${state}`),
    ])
    .join('\n');
}

function shortCommit(commit: string | undefined): string {
  return commit?.slice(0, 12) ?? 'no revision';
}
