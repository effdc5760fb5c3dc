// The two ways a picture can fail by itself, as they stand in files.

import type { AppError } from '#shared/app-error.ts';
import type { PictureFailure } from '#shared/contracts/artefact.ts';

/** Throws for any other failure: a picture has none. */
export function asPictureFailure({ code, detail }: AppError): Pick<PictureFailure, 'code' | 'detail'> {
  if (code !== 'unreadable-picture' && code !== 'picture-too-large') {
    throw new Error(`a picture failed with ${code}`);
  }
  return { code, detail };
}
