// Where the sample pictures lie: in a checkout as a tree for everyone, in the published package only once, as the console
// serves them.

import path from 'node:path';
import { prebuiltDirectory, projectRoot } from '../infra/project-root.ts';

/** Of one concept in one style; `concept` as folders are called, e.g. `polar_bear`. */
export function samplePicture(style: string, concept: string): string {
  return prebuiltDirectory === undefined
    ? path.join(projectRoot, 'samples/emoji', style, concept, `${concept}.png`)
    : path.join(prebuiltDirectory, 'assets/console/samples', style, `${concept}.png`);
}

/** Holds an entry for every concept, with or without `.png`. */
export function sampleFolder(style: string): string {
  return path.dirname(
    prebuiltDirectory === undefined ? path.dirname(samplePicture(style, '-')) : samplePicture(style, '-'),
  );
}
