// Datasets that attacks make, of archives that they write themselves.

import type { Attacker } from './attack.ts';

export async function makeDataset(attacker: Attacker): Promise<string> {
  const name = `hostile-${Date.now()}`;
  await attacker.send({ path: '/v1/datasets', body: JSON.stringify({ name }) });
  return name;
}

export const upload = (attacker: Attacker, dataset: string, archive: Buffer) =>
  attacker.send({
    path: `/v1/datasets/${dataset}/archive`,
    headers: { 'content-type': 'application/x-tar' },
    body: archive,
  });

export function tarEntry(name: string, type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 99), 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\u000000', 257, 'latin1');
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

export const tarEnd = Buffer.alloc(1024);
export const tinyPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABgAAAAYAgMAAACdGdVrAAAADFBMVEX8tQ///vz515ercDq+CGeRAAAACXBIWXMAAAsTAAALEwEAmpwYAAAAbElEQVQI103LvQmAQBQD4Ki84gYQrIUDx7Ewz58rdBQbdxFc4sCFHEHvWWiaD0ICWsBBy0RbeaMWI98SC4wVokR/Rjd4hAJOBeGE4wYW8JS0bHYPdgBKI6eRfegL8Rwf4mFc4YfG+WWSVI4kb2WfJs3LN+5PAAAAAElFTkSuQmCC',
  'base64',
);
