// Debian's chromium, found and not downloaded, and started the way tests and screenshots need it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

function findChromium(): string | undefined {
  const { CHROMIUM_PATH: given, PATH: directories = '' } = process.env;
  if (given !== undefined) return given;
  const candidates = directories
    .split(':')
    .flatMap((directory) => names.map((name) => path.join(directory, name)));
  return candidates.find((candidate) => existsSync(candidate));
}

export const chromiumPath = findChromium();

export async function openBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('there is no chromium');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
