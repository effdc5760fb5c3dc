// Random identifiers in base62: `<prefix>_<24 characters>`, 142 bits, not guessable and not ordered.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export const idPrefixes = {
  tenant: 'ten',
  dataset: 'ds',
  item: 'itm',
  projection: 'prj',
  job: 'job',
  evaluation: 'evl',
  import: 'imp',
  audit: 'aud',
} as const;

/** Uniform over the alphabet: bytes beyond the largest multiple of 62 are thrown away. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length - text.length + 8))) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

export function newId(kind: keyof typeof idPrefixes): string {
  return `${idPrefixes[kind]}_${randomBase62(24)}`;
}
