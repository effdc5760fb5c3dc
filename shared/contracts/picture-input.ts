// How a picture stands in a JSON body: as base64, as a `data:` URL, or by its address.

import { z } from 'zod';
import { maxJsonBodyBytes } from './limits.ts';

/** Only its beginning is looked at here: whether the rest is base64 is found out where it is decoded. */
export const dataUrlStart = /^data:image\/[a-z0-9.+-]{1,40}(?:;[a-z0-9._=-]{1,80}){0,4};base64,/i;

export const PictureDataUrl = z
  .string()
  .max(maxJsonBodyBytes)
  .regex(dataUrlStart, 'a data: URL of a picture in base64');

/** `image`: the bytes. */
export const PictureBase64 = z.union([z.base64().min(1).max(maxJsonBodyBytes), PictureDataUrl]);

/** `url`: fetched by the service, unless the picture stands in it. */
export const PictureAddress = z.union([z.url({ protocol: /^https?$/ }).max(2048), PictureDataUrl]);
