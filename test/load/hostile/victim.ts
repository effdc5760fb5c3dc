// Somebody who goes on working while others are attacked from: new pictures and embeddings at a steady rate, whatever the answers
// take, and a look at /healthz as a load balancer has it.

import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { samplePicture, withComment } from '../../support/pictures.ts';

export const kinds = ['picture', 'embedding', 'health'] as const;
export type Kind = (typeof kinds)[number];

/** Of one kind of request: how long those took that were answered well, and how many were not. */
export type Seen = { readonly tookMs: number[]; readonly refused: string[] };
export type Observed = Record<Kind, Seen>;

const perSecond: Record<Kind, number> = { picture: 5, embedding: 20, health: 10 };
const timeoutMs = 30_000;
const labels = ['cat', 'dog', 'fox'];
const cat = samplePicture('noto', 'cat');
let pictureCount = 0;

export type Victim = { readonly url: string; readonly key: string };

/** Asks for so long, and waits for the last answer. */
export async function observe({ url, key }: Victim, seconds: number): Promise<Observed> {
  // Shorter than the edge keeps a connection: a request on one that is being closed would fail for nobody's fault.
  const dispatcher = new Agent({ connections: 64, keepAliveTimeout: 1000, keepAliveMaxTimeout: 1000 });
  const observed: Observed = {
    picture: { tookMs: [], refused: [] },
    embedding: { tookMs: [], refused: [] },
    health: { tookMs: [], refused: [] },
  };
  const headers = { authorization: `Bearer ${key}`, 'cf-connecting-ip': '203.0.113.7' };
  const embedding = JSON.stringify({ labels, inputs: [{ embedding: Array.from({ length: 256 }, () => 1) }] });
  const ask = async (kind: Kind) => {
    const startMs = performance.now();
    const { tookMs, refused } = observed[kind];
    try {
      const sent = { dispatcher, signal: AbortSignal.timeout(timeoutMs) };
      const answer =
        kind === 'health'
          ? await request(`${url}/healthz`, sent)
          : kind === 'embedding'
            ? await request(`${url}/v1/classifications`, {
                ...sent,
                method: 'POST',
                headers: { ...headers, 'content-type': 'application/json' },
                body: embedding,
              })
            : await request(`${url}/v1/classifications?labels=${labels.join('&labels=')}`, {
                ...sent,
                method: 'POST',
                headers: { ...headers, 'content-type': 'image/png' },
                body: withComment(cat, `victim ${Date.now()} ${pictureCount++}`),
              });
      const text = await answer.body.text();
      if (answer.statusCode === 200) tookMs.push(performance.now() - startMs);
      else refused.push(`${answer.statusCode} ${text.slice(0, 200)}`);
    } catch (error) {
      refused.push(String(error));
    }
  };
  const untilMs = performance.now() + seconds * 1000;
  const stream = async (kind: Kind) => {
    const under: Promise<void>[] = [];
    const everyMs = 1000 / perSecond[kind];
    for (let nextMs = performance.now(); nextMs < untilMs; nextMs += everyMs) {
      await delay(Math.max(0, nextMs - performance.now()));
      under.push(ask(kind));
    }
    await Promise.all(under);
  };
  await Promise.all(kinds.map(stream));
  await dispatcher.close();
  return observed;
}
