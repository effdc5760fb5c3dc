// Attacks by answers that take the edge's own thread long: many labels, many rows, long texts of numbers.

import { gaussianRows } from '../../shared/math/random.ts';
import { samplePicture, withComment } from '../../support/pictures.ts';
import type { Attack, Attacker } from './attack.ts';
import { makeDataset, tarEnd, tarEntry, tinyPng, upload } from './datasets.ts';
import { largeDimension, makeLargeProjections } from './large-projection.ts';

/** Of nano-clip. */
const dimension = 256;
const rows = 64;
const someLabels = Array.from({ length: 1000 }, (_, index) => `thing ${index}`);
const templates = ['a picture of a {}'];
const embedding = Array.from({ length: dimension }, () => 1);

const packed = (count: number, length: number) => {
  const values = gaussianRows(count, length, 5);
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
};

const ask = (attacker: Attacker, query: string, body: Buffer) =>
  attacker.send({
    path: `/v1/classifications?${query}`,
    headers: { 'content-type': 'application/octet-stream' },
    body,
  });

type ModelReference = { readonly id: string; readonly revision: string };

/** Of 128 embeddings. */
async function makeProfile(attacker: Attacker): Promise<{ environment: string; model: ModelReference }> {
  const environment = `hostile-${Date.now()}`;
  let model: ModelReference | undefined;
  for (const path of [`/v1/environments?name=${environment}`, `/v1/environments/${environment}/additions`]) {
    const headers = { 'content-type': 'application/octet-stream' };
    const made = (await attacker.ask({ path, headers, body: packed(rows, dimension) })) as {
      model?: ModelReference;
    };
    model ??= made.model;
  }
  if (model === undefined) throw new Error('the profile was not made');
  return { environment, model };
}

/** A profile, and a projection of 10,000 labels that it fits; their names. */
async function makeProfiled(attacker: Attacker): Promise<{ environment: string; projection: string }> {
  const { environment, model } = await makeProfile(attacker);
  const [projection = ''] = await makeLargeProjections(attacker, 1, { dimension, model });
  return { environment, projection };
}

type Profiled = Awaited<ReturnType<typeof makeProfiled>>;

export const answerAttacks: readonly Attack[] = [
  {
    name: '64 embeddings with 1,000 labels each',
    concurrency: 8,
    prepare: async (attacker) => {
      const inputs = Array.from({ length: rows }, () => ({ embedding }));
      const body = JSON.stringify({ labels: someLabels, templates, topK: 1000, inputs });
      await attacker.ask({ path: '/v1/classifications', body });
      return body;
    },
    once: (attacker, _round, body) => attacker.send({ path: '/v1/classifications', body: body as string }),
  },
  {
    name: '64 embeddings as JSON',
    concurrency: 8,
    prepare: async () => {
      const numbers = gaussianRows(rows, dimension, 5);
      const inputs = Array.from({ length: rows }, (_, row) => ({
        embedding: [...numbers.subarray(row * dimension, (row + 1) * dimension)],
      }));
      return JSON.stringify({ labels: ['a', 'b'], inputs });
    },
    once: (attacker, _round, body) => attacker.send({ path: '/v1/classifications', body: body as string }),
  },
  {
    name: '64 embeddings against 10,000 labels',
    concurrency: 8,
    prepare: async (attacker) => (await makeLargeProjections(attacker, 1))[0],
    once: (attacker, _round, projection) =>
      ask(attacker, `topK=1&projection=${projection}`, packed(rows, largeDimension)),
  },
  {
    name: 'labels of its own on two projections',
    concurrency: 8,
    async prepare(attacker) {
      const { model } = await makeProfile(attacker);
      const names = await makeLargeProjections(attacker, 2, { dimension, model });
      const bodies = names.map((projection) =>
        JSON.stringify({ projection, labels: someLabels, templates, topK: 1, inputs: [{ embedding }] }),
      );
      for (const body of bodies) await attacker.ask({ path: '/v1/classifications', body });
      return bodies;
    },
    once: (attacker, round, bodies) =>
      attacker.send({ path: '/v1/classifications', body: (bodies as string[])[round % 2] ?? '' }),
  },
  {
    name: 'a profile at another strength each time',
    concurrency: 8,
    prepare: makeProfiled,
    once: (attacker, round, prepared) => {
      const { environment, projection } = prepared as Profiled;
      const query = `topK=1&projection=${projection}&environment=${environment}&strength=${1 + round / 100_000}`;
      return ask(attacker, query, packed(1, dimension));
    },
  },
  {
    name: '64 watched embeddings of 10,000 labels',
    concurrency: 8,
    prepare: makeProfiled,
    once: (attacker, _round, prepared) => {
      const { environment, projection } = prepared as Profiled;
      return ask(
        attacker,
        `topK=1&projection=${projection}&environment=${environment}`,
        packed(rows, dimension),
      );
    },
  },
  {
    name: 'what is watched looked at without end',
    concurrency: 8,
    async prepare(attacker) {
      const profiled = await makeProfiled(attacker);
      const { environment, projection } = profiled;
      await ask(attacker, `projection=${projection}&environment=${environment}`, packed(rows, dimension));
      return environment;
    },
    once: (attacker, _round, environment) =>
      attacker.send({ method: 'GET', path: `/v1/environments/${environment}/watch` }),
  },
  {
    name: 'batches of 2,000 rows against 10,000 labels',
    concurrency: 4,
    async prepare(attacker) {
      const { projection } = await makeProfiled(attacker);
      const dataset = await makeDataset(attacker);
      const entries = Array.from({ length: 2000 }, (_, i) => tarEntry(`env-${i}/class/0.png`, '0', tinyPng));
      await upload(attacker, dataset, Buffer.concat([...entries, tarEnd]));
      return JSON.stringify({ from: { dataset }, projection });
    },
    once: (attacker, _round, body) =>
      attacker.send({ path: '/v1/classifications/batch', body: body as string }),
  },
  {
    name: 'batches of one picture without end',
    concurrency: 4,
    async prepare(attacker) {
      const { projection } = await makeProfiled(attacker);
      const dataset = await makeDataset(attacker);
      await upload(attacker, dataset, Buffer.concat([tarEntry('env/class/0.png', '0', tinyPng), tarEnd]));
      return JSON.stringify({ from: { dataset }, projection });
    },
    once: (attacker, _round, body) =>
      attacker.send({ path: '/v1/classifications/batch', body: body as string }),
  },
  {
    name: 'a dataset of 10,000 names looked at without end',
    concurrency: 8,
    async prepare(attacker) {
      const dataset = await makeDataset(attacker);
      const entries = Array.from({ length: 10_000 }, (_, i) =>
        tarEntry(`env-${i}/class/0.png`, '0', tinyPng),
      );
      await upload(attacker, dataset, Buffer.concat([...entries, tarEnd]));
      return dataset;
    },
    once: (attacker, _round, dataset) => attacker.send({ method: 'GET', path: `/v1/datasets/${dataset}` }),
  },
  {
    name: 'embeddings of 64 known pictures',
    concurrency: 8,
    async prepare(attacker) {
      const small = samplePicture('noto', 'cat');
      const images = Array.from({ length: rows }, (_, i) =>
        Buffer.from(withComment(small, `${i}`)).toString('base64'),
      );
      const body = JSON.stringify({ input: images.map((image) => ({ image })) });
      await attacker.ask({ path: '/v1/embeddings', body });
      return body;
    },
    once: (attacker, _round, body) => attacker.send({ path: '/v1/embeddings', body: body as string }),
  },
  {
    name: 'one text 2,048 times',
    concurrency: 8,
    prepare: async () => JSON.stringify({ input: Array.from({ length: 2048 }, () => 'a fox') }),
    once: (attacker, _round, body) => attacker.send({ path: '/v1/embeddings', body: body as string }),
  },
];
