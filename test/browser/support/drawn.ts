// A dataset that fits in seconds: eight things, each drawn in three styles, which are its environments.

import type { ClipIcmClient } from '#client/client.ts';
import { sampleTree } from '../../support/pictures.ts';

export const drawnConcepts = ['bear', 'cat', 'elephant', 'mushroom', 'penguin', 'snail', 'tiger', 'whale'];
export const drawnStyles = ['noto', 'twemoji', 'fxemoji'];

export async function uploadDrawn(
  client: ClipIcmClient,
  name = 'drawn',
  styles: readonly string[] = drawnStyles,
): Promise<void> {
  await client.datasets.create({ name });
  await client.datasets.uploadTree(name, sampleTree(styles, drawnConcepts));
}
