// The sample pictures as a tree to upload: the coloured styles are environments, the concepts classes. The monochrome
// styles stay out, to try a projection on what it has never seen.

import { formatLabel } from '#shared/figures/format.ts';
import { fetchSample, fetchSampleList } from '../samples.ts';
import type { PictureTree, TreeFile } from './picture-tree.ts';

/** The samples are drawings, and CLIP does better when it is told so. */
export const sampleTemplate = 'an emoji of a {}';

const atOnce = 16;

export async function fetchSampleTree(
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<PictureTree> {
  const { coloured, concepts } = await fetchSampleList(signal);
  const places = coloured.flatMap((style) => concepts.map((concept) => ({ style, concept })));
  const files: TreeFile[] = [];
  for (let start = 0; start < places.length; start += atOnce) {
    files.push(
      ...(await Promise.all(places.slice(start, start + atOnce).map((place) => fetchPlaced(place, signal)))),
    );
    onProgress(files.length, places.length);
  }
  return { files, left: [], hidden: 0 };
}

type Sample = { style: string; concept: string };

async function fetchPlaced({ style, concept }: Sample, signal: AbortSignal): Promise<TreeFile> {
  const filename = `${concept}.png`;
  const file = new File([await fetchSample(style, concept, signal)], filename, { type: 'image/png' });
  return { environment: style, class: formatLabel(concept), filename, file };
}
