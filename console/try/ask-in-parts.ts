// Many pictures are asked about in a few requests, two at a time: the answers come in as they are read, and no limit on requests or
// on the size of one is met.

import type { LoadedPicture } from './picture.ts';

/** So few are asked about one by one, so that each answer comes as soon as it can. */
const few = 12;
const partPictures = 16;
const partBytes = 12 * 1024 * 1024;
const atOnce = 2;

/** `ask` never rejects: what goes wrong becomes the answer. */
export async function askInParts(
  pictures: readonly LoadedPicture[],
  ask: (part: readonly LoadedPicture[]) => Promise<void>,
): Promise<void> {
  if (pictures.length <= few) {
    await Promise.all(pictures.map((picture) => ask([picture])));
    return;
  }
  const parts = partsOf(pictures);
  const work = async () => {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) await ask(part);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** In their order; a picture that is larger than a part is one by itself. */
export function partsOf<Picture extends Pick<LoadedPicture, 'file'>>(
  pictures: readonly Picture[],
): Picture[][] {
  const parts: Picture[][] = [];
  let bytes = 0;
  for (const picture of pictures) {
    const last = parts.at(-1);
    bytes += picture.file.size;
    if (last === undefined || last.length === partPictures || bytes > partBytes) {
      parts.push([picture]);
      bytes = picture.file.size;
    } else last.push(picture);
  }
  return parts;
}
