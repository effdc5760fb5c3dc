// What is said of bytes that do not begin as a picture (shared/pictures/signature.ts).

import { type AppError, appError } from '#shared/app-error.ts';
import { pictureTypeNames } from '#shared/contracts/picture-types.ts';
import { foreignTypeOf } from '#shared/pictures/signature.ts';

export const notAPicture: AppError<'unreadable-picture'> = appError(
  'unreadable-picture',
  `The bytes are not a ${pictureTypeNames} picture.`,
);

/** Names the format where it is one that people send. */
export function describeNoPicture(bytes: Uint8Array): AppError<'unreadable-picture'> {
  const foreign = foreignTypeOf(bytes);
  if (foreign === undefined) return notAPicture;
  const detail = `The bytes are a ${foreign} picture, which is not decoded here; send a ${pictureTypeNames} picture.`;
  return appError('unreadable-picture', detail);
}
