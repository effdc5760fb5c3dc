// What `npm start` prints once it is ready: where the stack is, with which key, and a line to paste.

import path from 'node:path';
import { samplePicture } from '../../samples/files.ts';
import type { LocalStack } from './open-local-stack.ts';

type BannerInput = {
  readonly stack: LocalStack;
  readonly key: string;
  readonly seconds: number;
  /** Absent: nothing is kept. */
  readonly keptIn: string | undefined;
};

export function banner({ stack, key, seconds, keptIn }: BannerInput): string {
  const rows = [
    // The key travels in the fragment, which a browser sends to nobody: the link opens the console signed in.
    ['console', `${stack.url}/console/#key=${key}`],
    ['address', stack.url],
    ['key', key],
    ['docs', `${stack.url}/docs`],
    ['workers', stack.workers.map(({ url }) => url).join(', ')],
    ['state', keptIn === undefined ? 'kept nowhere' : relativeToHere(keptIn)],
  ];
  return [
    '',
    `clip-icm is ready (${seconds.toFixed(1)} s)`,
    '',
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd(9)}${value}`),
    '',
    'Classify a sample picture (twice: the second answer comes from the cache):',
    '',
    curlLine(stack.url, key),
    '',
    'Ctrl-C stops it.',
    '',
    '',
  ].join('\n');
}

/** On one line, so that it survives being pasted. */
function curlLine(url: string, key: string): string {
  const query = ['cat', 'dog', 'pizza'].map((label) => `labels=${label}`).join('&');
  return [
    `curl -s '${url}/v1/classifications?${query}'`,
    `-H 'authorization: Bearer ${key}'`,
    "-H 'content-type: image/png'",
    `--data-binary '@${relativeToHere(samplePicture('noto', 'cat'))}'`,
  ].join(' ');
}

function relativeToHere(file: string): string {
  const relative = path.relative(process.cwd(), path.resolve(file));
  return relative.startsWith('..') ? path.resolve(file) : relative;
}
