// Classifications over HTTP of pictures that nobody has sent before, of pictures sent before, and of embeddings. What can be made
// beforehand is; connections are kept.

import { randomBytes } from 'node:crypto';
import { Pool } from 'undici';
import { type Contender, inLoop } from './contender.ts';

export const labels = ['cat', 'dog', 'pizza'];

export type Kind = 'new' | 'repeated' | 'embeddings';
export type Server = { readonly url: string; readonly key: string };
export type Answered = {
  readonly results: readonly {
    readonly predictions: readonly { readonly label: string; readonly score: number }[];
    readonly embedding?: string;
  }[];
};

const query = labels.map((label) => `labels=${label}`).join('&');
const path = `/v1/classifications?${query}`;

/** What the edge says of where an embedding came from. */
const sources: Readonly<Record<Kind, readonly string[]>> = {
  new: ['worker'],
  repeated: ['memory', 'cache', 'storage'],
  embeddings: ['request'],
};

export function openHttpLoad(
  { url, key }: Server,
  kind: Kind,
  bodies: readonly Uint8Array[],
  isEdge: boolean,
): { readonly run: Contender['run']; readonly ask: (body: Uint8Array) => Promise<Answered> } {
  const pool = new Pool(url, { connections: 64 });
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': kind === 'embeddings' ? 'application/octet-stream' : 'image/jpeg',
  };
  const ask = async (body: Uint8Array): Promise<Answered> => {
    const answer = await pool.request({ method: 'POST', path, headers, body });
    if (answer.statusCode !== 200) {
      throw new Error(`${url} answers ${answer.statusCode}: ${await answer.body.text()}`);
    }
    return (await answer.body.json()) as Answered;
  };
  return {
    ask,
    run: async (count, atOnce) => {
      const sent = Array.from({ length: count }, (_, index) => {
        const body = bodies[index % bodies.length] as Uint8Array;
        return kind === 'new' ? withJpegComment(body, randomBytes(12)) : body;
      });
      return inLoop(count, atOnce, async (index) => {
        const { results } = await ask(sent[index] as Uint8Array);
        const source = results[0]?.embedding ?? '';
        if (isEdge && !sources[kind].includes(source)) {
          throw new Error(`${url} answers ${kind} from ${source || 'nowhere'}`);
        }
      });
    },
  };
}

/** The picture with other bytes and the same pixels: a comment is put behind its first two bytes. */
function withJpegComment(jpeg: Uint8Array, comment: Uint8Array): Uint8Array {
  const segment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, comment.byteLength + 2]), comment]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}
