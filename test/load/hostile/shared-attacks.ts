// Attacks on what all share: the database, other people's sites, texts, connections, names.

import type { Attack, Attacker } from './attack.ts';
import { makeDataset, tarEnd, tarEntry, tinyPng, upload } from './datasets.ts';
import { largeDimension, makeLargeProjections } from './large-projection.ts';

const classify = (attacker: Attacker, body: unknown) =>
  attacker.send({ path: '/v1/classifications', body: JSON.stringify(body) });

export const sharedAttacks: readonly Attack[] = [
  {
    name: 'a pax header that does not advance',
    concurrency: 4,
    prepare: makeDataset,
    once: (attacker, _round, dataset) => {
      const records = Buffer.from('0 a=b\n'.repeat(33_000));
      return upload(attacker, dataset as string, Buffer.concat([tarEntry('x', 'x', records), tarEnd]));
    },
  },
  {
    name: 'file names of 990 kB in tars',
    concurrency: 2,
    prepare: makeDataset,
    once: (attacker, round, dataset) => {
      const value = `path=env/class/${round}${'n'.repeat(990_000)}.png\n`;
      let length = value.length + 3;
      while (`${length} ${value}`.length !== length) length = `${length} ${value}`.length;
      const records = Buffer.from(`${length} ${value}`);
      const archive = [tarEntry('x', 'x', records), tarEntry('short.png', '0', tinyPng), tarEnd];
      return upload(attacker, dataset as string, Buffer.concat(archive));
    },
  },
  {
    name: '2,000 rows of one picture',
    concurrency: 2,
    prepare: makeDataset,
    once: (attacker, round, dataset) => {
      const entries = Array.from({ length: 2000 }, (_, i) =>
        tarEntry(`env/class/${round}-${i}.png`, '0', tinyPng),
      );
      return upload(attacker, dataset as string, Buffer.concat([...entries, tarEnd]));
    },
  },
  {
    name: '256 addresses that hang',
    concurrency: 8,
    once: (attacker, round) =>
      classify(attacker, {
        labels: ['a', 'b'],
        inputs: Array.from({ length: 64 }, (_, i) => ({ url: `${attacker.siteUrl}/hang/${round}/${i}` })),
      }),
  },
  {
    name: 'addresses of 20 MB each',
    concurrency: 4,
    once: (attacker, round) =>
      classify(attacker, {
        labels: ['a', 'b'],
        inputs: Array.from({ length: 16 }, (_, i) => ({ url: `${attacker.siteUrl}/picture/${round}/${i}` })),
      }),
  },
  {
    name: 'addresses of what is no picture',
    concurrency: 4,
    once: (attacker, round) =>
      classify(attacker, {
        labels: ['a', 'b'],
        inputs: Array.from({ length: 16 }, (_, i) => ({ url: `${attacker.siteUrl}/text/${round}/${i}` })),
      }),
  },
  {
    name: 'addresses that lead in a circle',
    concurrency: 8,
    once: (attacker, round) =>
      classify(attacker, {
        labels: ['a', 'b'],
        inputs: Array.from({ length: 64 }, (_, i) => ({ url: `${attacker.siteUrl}/circle/${round}/${i}` })),
      }),
  },
  {
    name: '1,000 labels in 60 templates',
    concurrency: 4,
    once: (attacker, round) =>
      classify(attacker, {
        labels: Array.from({ length: 1000 }, (_, i) => `label ${round} ${i}`),
        templates: Array.from({ length: 60 }, (_, i) => `style ${i} of {}`),
        inputs: [{ embedding: Array.from({ length: 256 }, () => 1) }],
      }),
  },
  {
    name: 'texts of 2,000 characters',
    concurrency: 4,
    once: (attacker, round) =>
      attacker.send({
        path: '/v1/embeddings',
        body: JSON.stringify({
          input: Array.from({ length: 256 }, (_, i) => `${round} ${i} ${'word '.repeat(398)}`),
        }),
      }),
  },
  {
    name: 'unknown keys, none twice',
    concurrency: 32,
    once: (attacker, round) =>
      attacker.send({
        method: 'GET',
        path: '/v1/keys',
        headers: {
          authorization: `Bearer icm_dev_${String(round).padStart(16, '0')}_${'x'.repeat(43)}`,
        },
      }),
  },
  {
    name: 'models that are not there',
    concurrency: 16,
    once: (attacker, round) =>
      attacker.send({
        path: '/v1/embeddings',
        body: JSON.stringify({ model: `none-${round}`, input: ['a'] }),
      }),
  },
  {
    name: 'small questions without end',
    concurrency: 64,
    prepare: async () =>
      JSON.stringify({
        labels: ['a', 'b'],
        inputs: [{ embedding: Array.from({ length: 256 }, () => 1) }],
      }),
    once: (attacker, _round, body) => attacker.send({ path: '/v1/classifications', body: body as string }),
  },
  {
    name: 'keys made without end',
    concurrency: 8,
    once: (attacker, round) =>
      attacker.send({
        path: '/v1/keys',
        headers: { 'idempotency-key': `hostile-${Date.now()}-${round}` },
        body: JSON.stringify({ name: `k${round}`.padEnd(100, 'x') }),
      }),
  },
  {
    name: 'long lists without end',
    concurrency: 16,
    async prepare(attacker) {
      const dataset = await makeDataset(attacker);
      const entries = Array.from({ length: 500 }, (_, i) =>
        tarEntry(`env-${i}/${'class'.repeat(20)}/${'n'.repeat(80)}.png`, '0', tinyPng),
      );
      await upload(attacker, dataset, Buffer.concat([...entries, tarEnd]));
      return dataset;
    },
    once: (attacker, _round, dataset) =>
      attacker.send({ method: 'GET', path: `/v1/datasets/${dataset}/items?limit=100` }),
  },
  {
    name: 'exports of 9 MB that are never read',
    concurrency: 16,
    prepare: makeLargeProjections,
    once: (attacker, round, names) => {
      const name = (names as readonly string[])[round % 4];
      const format = ['safetensors', 'onnx', 'onnx&mode=profiled'][Math.floor(round / 4) % 3];
      return attacker.sendRaw(
        `GET /v1/projections/${name}/artefact?format=${format} HTTP/1.1`,
        [],
        round % 2 === 0 ? 'wait' : 'reset',
      );
    },
  },
  {
    name: 'projections of 9 MB in turn',
    concurrency: 16,
    prepare: makeLargeProjections,
    once: (attacker, round, names) =>
      classify(attacker, {
        projection: (names as readonly string[])[round % 4],
        inputs: [{ embedding: Array.from({ length: largeDimension }, () => 1) }],
        topK: 1,
      }),
  },
  {
    name: 'event streams that are never read',
    concurrency: 64,
    async prepare(attacker) {
      const dataset = await makeDataset(attacker);
      const items = [{ url: `${attacker.siteUrl}/hang/job`, environment: 'e' }];
      const path = `/v1/datasets/${dataset}/imports`;
      const job = (await attacker.ask({ path, body: JSON.stringify({ items }) })) as { id: string };
      return job.id;
    },
    once: (attacker, _round, job) => attacker.sendRaw(`GET /v1/jobs/${job}/events HTTP/1.1`, [], 'wait'),
  },
];
