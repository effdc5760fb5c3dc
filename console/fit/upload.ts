// Uploads pictures to a dataset. Resumable: what the dataset already holds is found by hash and not sent again.

import type { ClipIcmClient } from '#client/client.ts';
import { sha256Hex } from '#shared/digest.ts';
import type { TreeFile } from './picture-tree.ts';

export type UploadState = {
  readonly phase: 'comparing' | 'sending';
  readonly done: number;
  readonly total: number;
};

export type UploadOutcome = {
  readonly added: number;
  readonly unchanged: number;
  readonly skipped: readonly { readonly path: string; readonly detail: string }[];
};

type UploadOptions = { readonly signal: AbortSignal; readonly onProgress: (state: UploadState) => void };

export async function uploadTree(
  client: ClipIcmClient,
  dataset: string,
  files: readonly TreeFile[],
  { signal, onProgress }: UploadOptions,
): Promise<UploadOutcome> {
  const held = await heldPictures(client, dataset, signal);
  const missing: TreeFile[] = [];
  for (const [index, file] of files.entries()) {
    signal.throwIfAborted();
    if (held.size === 0 || !held.has(await identityOf(file))) missing.push(file);
    if (index % 16 === 0) onProgress({ phase: 'comparing', done: index, total: files.length });
  }
  const before = files.length - missing.length;
  onProgress({ phase: 'sending', done: before, total: files.length });
  const { added, unchanged, skipped } = await client.datasets.uploadTree(
    dataset,
    missing.map(({ file, ...place }) => ({ ...place, data: file })),
    {
      // Small enough that the bar moves and that a broken connection loses little.
      maxArchiveBytes: 1024 * 1024,
      signal,
      onProgress: (sent) => onProgress({ phase: 'sending', done: before + sent, total: files.length }),
    },
  );
  return { added, unchanged: before + unchanged, skipped };
}

async function heldPictures(
  client: ClipIcmClient,
  dataset: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const held = new Set<string>();
  for await (const item of client.datasets.items(dataset).list({ limit: 100, signal })) {
    held.add([item.sha256, item.environment, item.class ?? ''].join('\n'));
  }
  return held;
}

async function identityOf({ file, environment, class: name }: TreeFile): Promise<string> {
  return [await sha256Hex(new Uint8Array(await file.arrayBuffer())), environment, name ?? ''].join('\n');
}
