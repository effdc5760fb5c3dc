// What is said of bytes that do not begin as a picture (shared/pictures/signature.ts).

import { type AppError, appError } from '#shared/app-error.ts';
import { pictureTypeNames } from '#shared/contracts/picture-types.ts';

export const notAPicture: AppError<'unreadable-picture'> = appError(
  'unreadable-picture',
  `The bytes are not a ${pictureTypeNames} picture.`,
);
