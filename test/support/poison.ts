// Pictures that end the worker that decodes them, for workers that were told so (ended-by-pictures.ts).

import { samplePicture, withComment } from './pictures.ts';

export const pictureMarker = 'ends the process that decodes this';

/** No two of different names alike. */
export const poison = (name: string): Uint8Array<ArrayBuffer> =>
  withComment(samplePicture('noto', 'cat'), `${pictureMarker}: ${name}`);

export const endedByPictures: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=${new URL('./ended-by-pictures.ts', import.meta.url)}`,
};
