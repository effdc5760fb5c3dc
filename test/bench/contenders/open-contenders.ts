// Everything that `npm run bench -- peers` measures, opened: our worker and our edge, the peers, and where there is one another
// checkout of the project. All have the same model directory and get the same pictures.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from '#client/client.ts';
import { openLocalStack } from '../../../infra/local/open-local-stack.ts';
import { projectRoot } from '../../../infra/project-root.ts';
import { temporaryDirectory } from '../../load/support/load-tenant.ts';
import { cpuMs, descendants, peakMiB } from '../processes.ts';
import { openEncodeLoad } from '../worker/encode-load.ts';
import type { Contender } from './contender.ts';
import { type Answered, type Kind, labels, openHttpLoad, type Server } from './http-load.ts';
import { openCheckout } from './open-checkout.ts';
import { openPeer, runInProcess } from './open-peer.ts';
import { openTenant } from './open-tenant.ts';

const modelDirectory = path.join(projectRoot, 'gpu-worker/models/nano-clip');
const kinds: readonly Kind[] = ['new', 'repeated', 'embeddings'];

export type Contenders = {
  readonly worker: Contender;
  readonly edge: Readonly<Record<Kind, Contender>>;
  readonly inProcess: Contender;
  readonly server: Contender;
  readonly before: Readonly<Record<Kind, Contender>> | undefined;
  /** Of the worker behind our edge, for its metrics. */
  readonly workerUrl: string;
  readonly close: () => Promise<void>;
};

export async function openContenders(
  photographs: readonly Uint8Array<ArrayBuffer>[],
  against: string | undefined,
): Promise<Contenders> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closeOne of closers.reverse()) await closeOne();
  };
  try {
    const ours = await openOurs(photographs, closers);
    const peers = await openPeers(photographs, closers);
    const before = against === undefined ? undefined : await openBefore(against, photographs, closers);
    await checkAnswers(photographs, ours.server, peers.address);
    return { ...ours, inProcess: peers.inProcess, server: peers.server, before, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<unknown>)[];

async function openOurs(photographs: readonly Uint8Array<ArrayBuffer>[], closers: Closers) {
  const stack = await openLocalStack({
    modelsDirectory: path.dirname(modelDirectory),
    workerEnvironment: { LOG_LEVEL: 'warn' },
  });
  closers.push(stack.close);
  const [process] = stack.workers;
  if (process === undefined) throw new Error('the stack has a worker');
  const workerIds = [process.pid() ?? 0];
  const stackIds = [...workerIds, ...(descendants('workerd') ?? [])];
  const load = (atOnce: number) =>
    openEncodeLoad(
      { url: process.url, secret: stack.secrets.workerSecret, model: 'nano-clip' },
      photographs,
      atOnce,
    );
  const server = { url: stack.url, key: await openTenant(stack.url, stack.secrets.adminSecret) };
  const worker: Contender = {
    name: 'our worker over HTTP',
    run: async (count, atOnce) => {
      const opened = load(atOnce);
      const latenciesMs: number[] = [];
      const ms = await opened.encode(count, (waitedMs) => latenciesMs.push(waitedMs));
      await opened.close();
      return { seconds: (ms * count) / 1000, latenciesMs };
    },
    ...usageOf(workerIds),
  };
  const edge = await openKinds('our edge', server, photographs, usageOf(stackIds));
  return { worker, edge, server, workerUrl: process.url };
}

async function openPeers(photographs: readonly Uint8Array<ArrayBuffer>[], closers: Closers) {
  const directory = await temporaryDirectory();
  for (const [index, bytes] of photographs.entries()) {
    await writeFile(path.join(directory, `${String(index).padStart(3, '0')}.jpg`), bytes);
  }
  const alone = await openPeer('in-process.js', [modelDirectory, directory]);
  closers.push(alone.close);
  const served = await openPeer('server.js', [modelDirectory]);
  closers.push(served.close);
  const address = { url: `http://127.0.0.1:${served.told.port}`, key: 'none' };
  const inProcess: Contender = { name: 'transformers.js in process', ...alone, run: runInProcess(alone) };
  const { run } = openHttpLoad(address, 'new', photographs, false);
  return { inProcess, server: { name: 'Hono around transformers.js', ...served, run }, address };
}

async function openBefore(
  against: string,
  photographs: readonly Uint8Array<ArrayBuffer>[],
  closers: Closers,
) {
  const checkout = await openCheckout(against, path.dirname(modelDirectory));
  closers.push(checkout.close);
  return openKinds(path.basename(against), checkout, photographs, checkout);
}

async function openKinds(
  name: string,
  server: Server,
  photographs: readonly Uint8Array<ArrayBuffer>[],
  usage: Pick<Contender, 'cpuMs' | 'peakMiB'>,
): Promise<Readonly<Record<Kind, Contender>>> {
  const client = createClient({ url: server.url, key: server.key });
  const first = await client.embeddings.create({
    input: photographs.slice(0, 8).map((bytes) => ({ image: Buffer.from(bytes).toString('base64') })),
  });
  const embeddings = first.data.map(
    ({ embedding }) => new Uint8Array(Float32Array.from(embedding as number[]).buffer),
  );
  const contender = (kind: Kind): Contender => ({
    name: `${name}, ${kind === 'embeddings' ? kind : `${kind} pictures`}`,
    run: openHttpLoad(server, kind, kind === 'embeddings' ? embeddings : photographs, true).run,
    cpuMs: usage.cpuMs,
    peakMiB: usage.peakMiB,
  });
  const [fresh, repeated, given] = kinds.map(contender) as [Contender, Contender, Contender];
  // Seen once, they are known.
  await openHttpLoad(server, 'repeated', photographs, false).run(photographs.length, 4);
  return { new: fresh, repeated, embeddings: given };
}

function usageOf(ids: readonly number[]): Pick<Contender, 'cpuMs' | 'peakMiB'> {
  const sum = (measure: (id: number) => number | undefined) =>
    ids.reduce((total, id) => total + (measure(id) ?? Number.NaN), 0);
  return { cpuMs: () => sum(cpuMs), peakMiB: () => sum(peakMiB) };
}

/**
 * Largest difference of two cosines of one picture and label. The two do not resize the same: transformers.js interpolates without
 * antialiasing (an affine map of sharp's), which our grainy pictures show.
 */
const cosineTolerance = 0.08;

/** Both do the same job, or their times say nothing. */
async function checkAnswers(photographs: readonly Uint8Array[], ours: Server, theirs: Server) {
  const both = [openHttpLoad(ours, 'new', [], true), openHttpLoad(theirs, 'new', [], false)];
  for (const photograph of photographs.slice(0, 8)) {
    const [mine, other] = await Promise.all(both.map(async ({ ask }) => scoresOf(await ask(photograph))));
    for (const label of labels) {
      const difference = Math.abs((mine?.get(label) ?? 1) - (other?.get(label) ?? -1));
      if (difference > cosineTolerance) {
        throw new Error(`the peer answers otherwise: cosine with "${label}" differs by ${difference}`);
      }
    }
  }
}

function scoresOf({ results }: Answered): Map<string, number> {
  return new Map(results[0]?.predictions.map(({ label, score }) => [label, score]));
}
