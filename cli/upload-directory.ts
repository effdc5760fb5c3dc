// Puts a picture tree from disk into a dataset, with progress on the terminal.

import { openAsBlob } from 'node:fs';
import type { ClipIcmClient } from '#client/client.ts';
import type { TreePicture } from '#client/upload-tree.ts';
import type { ArchiveResult } from '#shared/contracts/dataset.ts';
import { listPictureTree, type PictureFile } from './picture-tree.ts';
import { createStatusLine, formatBar } from './terminal/status-line.ts';

export async function uploadDirectory(
  client: ClipIcmClient,
  dataset: string,
  directory: string,
): Promise<ArchiveResult> {
  return uploadPictures(client, dataset, await listPictureTree(directory));
}

export async function uploadPictures(
  client: ClipIcmClient,
  dataset: string,
  pictures: readonly PictureFile[],
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
async function* openPictures(pictures: readonly PictureFile[]): AsyncGenerator<TreePicture, void, undefined> {
  for (const { file, ...place } of pictures) yield { ...place, data: await openAsBlob(file) };
}
