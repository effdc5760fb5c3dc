// Puts a picture tree from disk into a dataset, with progress on the terminal.

import { openAsBlob } from 'node:fs';
import type { ClipIcmClient } from '#client/client.ts';
import type { TreePicture as OpenPicture } from '#client/upload-tree.ts';
import type { ArchiveResult } from '#shared/contracts/dataset.ts';
import type { Layout } from '#shared/pictures/picture-tree.ts';
import { type LeftOut, readTree, type TreePicture } from './read-tree.ts';
import { createStatusLine, formatBar } from './terminal/status-line.ts';

export type UploadedDirectory = ArchiveResult & {
  /** What was not sent at all, beside `skipped`, which the service did not take. */
  readonly leftOut: readonly LeftOut[];
  /** Hidden files and folders. */
  readonly hidden: number;
};

/** Throws where the directory holds no pictures. */
export async function uploadDirectory(
  client: ClipIcmClient,
  dataset: string,
  directory: string,
  layout: Layout = 'environment',
): Promise<UploadedDirectory> {
  const tree = await readTree(directory, layout);
  if (tree === undefined) throw new Error(`There is no folder ${directory}.`);
  const { pictures, leftOut, hidden } = tree;
  if (pictures.length === 0) throw new Error(nothingIn(directory, layout, leftOut));
  return { ...(await uploadPictures(client, dataset, pictures)), leftOut, hidden };
}

/** A line for each file that was not taken, and one of sums. */
export function describeUpload({
  added,
  unchanged,
  skipped,
  notListed = 0,
  leftOut,
  hidden,
}: UploadedDirectory) {
  const lines = [
    ...leftOut.map(({ path, reason }) => `skipped ${path}: ${reason}`),
    ...skipped.map(({ path, detail }) => `skipped ${path}: ${detail}`),
    ...(notListed === 0 ? [] : [`skipped ${notListed} more`]),
  ];
  const count = leftOut.length + skipped.length + notListed;
  const sums = [`${added} added`, `${unchanged} already there`, `${count} skipped`];
  return [...lines, [...sums, ...(hidden === 0 ? [] : [`${hidden} hidden`])].join(', ')];
}

function nothingIn(directory: string, layout: Layout, [first]: readonly LeftOut[]): string {
  const shape = layout === 'class' ? 'class/file' : 'environment/class/file or environment/file';
  const example = first === undefined ? '' : ` ${first.path}: ${first.reason}`;
  return `${directory} holds no pictures as ${shape}.${example}`;
}

export async function uploadPictures(
  client: ClipIcmClient,
  dataset: string,
  pictures: readonly TreePicture[],
): Promise<ArchiveResult> {
  const line = createStatusLine();
  const show = (sent: number) => {
    const share = sent / pictures.length;
    line.update(
      `upload     ${formatBar(share)}  ${Math.floor(share * 100)} %  ${sent} of ${pictures.length}`,
    );
  };
  show(0);
  try {
    return await client.datasets.uploadTree(dataset, openPictures(pictures), { onProgress: show });
  } finally {
    line.clear();
  }
}

/** Opened one by one as the upload reaches them; their bytes are read only when an archive is sent. */
async function* openPictures(pictures: readonly TreePicture[]): AsyncGenerator<OpenPicture, void, undefined> {
  for (const { file, ...place } of pictures) yield { ...place, data: await openAsBlob(file) };
}
