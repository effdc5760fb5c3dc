// Where the service is and with which key: CLIP_ICM_URL and CLIP_ICM_KEY, or what a running `npm start` wrote down.

import { readFileSync } from 'node:fs';

export function findService(): { url: string; key: string } {
  const { CLIP_ICM_URL: url, CLIP_ICM_KEY: key } = process.env;
  if (url !== undefined && key !== undefined) return { url, key };
  return JSON.parse(readFileSync('.data/development-key.json', 'utf8'));
}
