// Attacks by bodies: what is parsed, unpacked or echoed.

import { gzipSync } from 'node:zlib';
import { encodeContainer } from '#shared/codec/container.ts';
import type { Attack } from './attack.ts';

const mebibyte = 2 ** 20;
const unknownKeys = (bytes: number) =>
  `{"labels":["a"],${Array.from({ length: Math.floor(bytes / 16) }, (_, i) => `"k${i.toString().padStart(9, '0')}":1`).join(',')}}`;

export const bodyAttacks: readonly Attack[] = [
  {
    name: 'JSON of 9.7 MB with unknown keys',
    concurrency: 4,
    prepare: async () => unknownKeys(9.7 * mebibyte),
    once: (attacker, _round, body) => attacker.send({ path: '/v1/classifications', body: body as string }),
  },
  {
    name: 'JSON of 2.9 MB with unknown keys',
    concurrency: 4,
    prepare: async () => unknownKeys(2.9 * mebibyte),
    once: (attacker, _round, body) => attacker.send({ path: '/v1/classifications', body: body as string }),
  },
  {
    name: 'JSON nested deep',
    prepare: async () => `{"labels":${'['.repeat(2 * mebibyte)}${']'.repeat(2 * mebibyte)}}`,
    once: (attacker, _round, body) => attacker.send({ path: '/v1/classifications', body: body as string }),
  },
  {
    name: 'a form of many parts',
    concurrency: 4,
    prepare: async () =>
      `${Array.from({ length: 100_000 }, (_, i) => `--x\r\ncontent-disposition: form-data; name="n${i}"\r\n\r\n1\r\n`).join('')}--x--\r\n`,
    once: (attacker, _round, body) =>
      attacker.send({
        path: '/v1/classifications?labels=a',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        body: Buffer.from(body as string),
      }),
  },
  {
    name: '150,000 wrong scopes',
    prepare: async () =>
      JSON.stringify({ name: 'k', scopes: Array.from({ length: 150_000 }, (_, i) => `s${i}`) }),
    once: (attacker, _round, body) => attacker.send({ path: '/v1/keys', body: body as string }),
  },
  {
    name: 'more bytes than were announced',
    once: (attacker) =>
      attacker.sendRaw(
        'POST /v1/keys HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 20\r\ntransfer-encoding: chunked',
        [`300000\r\n`, Buffer.alloc(3 * mebibyte, 0x20), '\r\n0\r\n\r\n'],
        'wait',
      ),
  },
  {
    name: 'gzip of 1 GiB',
    prepare: async () => gzipSync(Buffer.alloc(64 * mebibyte, 0x20), { level: 9 }),
    once: (attacker, _round, body) => {
      const part = body as Buffer;
      return attacker.send({
        path: '/v1/classifications',
        headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
        body: Buffer.concat(Array.from({ length: 16 }, () => part)),
      });
    },
  },
  {
    name: 'bodies of 30 MB without a key',
    concurrency: 4,
    prepare: async () => Buffer.alloc(30 * mebibyte, 0x20),
    once: (attacker, _round, body) =>
      attacker.send({
        path: '/v1/classifications',
        headers: { authorization: 'Bearer nobody', 'content-type': 'application/json' },
        body: body as Buffer,
      }),
  },
  {
    name: 'bodies that come a byte at a time',
    concurrency: 64,
    once: (attacker) =>
      new Promise<void>((resolve) => {
        void attacker.sendRaw(
          'POST /v1/classifications HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 1000000',
          ['{'],
          'wait',
        );
        const timer = setTimeout(resolve, 2000);
        attacker.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  },
  {
    name: 'an artefact of 200,000 wrong labels',
    concurrency: 4,
    prepare: () =>
      encodeContainer({
        kind: 'icm',
        header: { format: 'icm/1', labels: Array.from({ length: 200_000 }, () => 7) },
        blocks: [],
      }),
    once: (attacker, _round, body) =>
      attacker.send({
        path: '/v1/projections/artefacts?name=hostile',
        headers: { 'content-type': 'application/octet-stream' },
        body: body as Uint8Array,
      }),
  },
  {
    name: 'embeddings with every label in the answer',
    concurrency: 8,
    prepare: async () => {
      const row = Buffer.alloc(256 * 4);
      row.writeFloatLE(1, 0);
      return Buffer.concat(Array.from({ length: 64 }, () => row));
    },
    once: (attacker, _round, body) => {
      const names = Array.from({ length: 100 }, (_, i) => `labels=l${i}`).join('&');
      return attacker.send({
        path: `/v1/classifications?topK=100&${names}`,
        headers: { 'content-type': 'application/octet-stream' },
        body: body as Buffer,
      });
    },
  },
];
