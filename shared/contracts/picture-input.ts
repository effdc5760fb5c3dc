// How a picture stands in a JSON body: as base64, as a `data:` URL, or by its address. Whatever type a `data:` URL names, or
// none, its bytes decide what it is.

import { z } from 'zod';
import { maxJsonBodyBytes } from './limits.ts';

/** Only its beginning is looked at here: whether the rest is base64 is found out where it is decoded. */
export const dataUrlStart =
  /^data:(?:[a-z0-9.+-]{1,40}\/[a-z0-9.+-]{1,80})?(?:;[a-z0-9._=-]{1,80}){0,4};base64,/i;

/** Of texts among texts: a `data:` URL in base64, or of an image, broken ones included. `data: a sentence` is a sentence. */
export function isPictureText(text: string): boolean {
  return /^data:(?:image\/|[^\s,]{0,400};base64,)/i.test(text);
}

const PictureDataUrl = z
  .string()
  .max(maxJsonBodyBytes)
  .regex(dataUrlStart, 'a data: URL of a picture in base64');

/** In either alphabet, with or without padding and line breaks; what is no base64 all the same is told when it is decoded. */
const Base64 = z
  .string()
  .min(1)
  .max(maxJsonBodyBytes)
  .regex(/^[\w+/=\s-]+$/, 'Invalid base64-encoded string');

const Address = z.url({ protocol: /^https?$/ }).max(2048);

/** `image`: the bytes, or where they are. */
export const PictureBase64 = z.union([Base64, PictureDataUrl, Address]);

/** `url`: fetched by the service, unless the picture stands in it. */
export const PictureAddress = z.union([Address, PictureDataUrl]);
