// Random identifiers in base62: `<prefix>_<24 characters>`, 142 bits, not guessable and not ordered.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const idPrefixes = {
  tenant: 'ten',
  dataset: 'ds',
  item: 'itm',
  projection: 'prj',
  job: 'job',
  evaluation: 'evl',
  import: 'imp',
  audit: 'aud',
  environment: 'env',
  batch: 'bat',
  webhook: 'whk',
  event: 'evt',
  correction: 'cor',
} as const;

/** Random bytes are drawn in bulk: asking the runtime for them costs more than using them. */
const pool = new Uint8Array(1024);
let poolOffset = pool.length;

function randomByte(): number {
  if (poolOffset === pool.length) {
    crypto.getRandomValues(pool);
    poolOffset = 0;
  }
  const byte = pool[poolOffset] ?? 0;
  // Spent bytes do not stay in memory: some become secrets.
  pool[poolOffset] = 0;
  poolOffset += 1;
  return byte;
}

/** Uniform over the alphabet: bytes beyond the largest multiple of 62 are thrown away. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    const byte = randomByte();
    if (byte < 248) text += alphabet[byte % 62];
  }
  return text;
}

export function newId(kind: keyof typeof idPrefixes): string {
  return `${idPrefixes[kind]}_${randomBase62(24)}`;
}
