// Which family a model is of. A new family is one file here and one line below.

import { chineseClip } from './chinese-clip.ts';
import { clip } from './clip.ts';
import type { Family, ModelFiles } from './family.ts';
import { jinaClip } from './jina-clip.ts';
import { mobileClip } from './mobileclip.ts';
import { multilingualClip } from './multilingual-clip.ts';
import { siglip, siglip2 } from './siglip.ts';

/** In the order they are asked: the particular before the general. CLIP itself takes what is left. */
const families: readonly Family[] = [siglip2, siglip, jinaClip, chineseClip, multilingualClip, mobileClip];

export function recogniseFamily(files: ModelFiles): Family {
  return families.find((family) => family.recognises(files)) ?? clip;
}
