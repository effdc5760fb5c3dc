// Pictures for a worker to encode, a signed request each. What can be made beforehand is, so that the cores which the worker is
// measured on are the worker's: a caller's time is not its business.

import { randomBytes } from 'node:crypto';
import { Pool } from 'undici';
import { encodeFrames } from '#shared/codec/frames.ts';
import { framesContentType } from '#shared/contracts/worker.ts';
import { sha256Hex } from '#shared/digest.ts';
import { signRequest } from '#shared/signing.ts';
import { decodeEncoded } from '../../../edge/clients/worker-answers.ts';
import { unwrap } from '../../shared/math/random.ts';

export type Target = { readonly url: string; readonly secret: string; readonly model: string };

type Call = { readonly headers: Record<string, string>; readonly body: Uint8Array };

const path = '/v1/encode/images';

/**
 * `encode(count, tell)`: milliseconds a picture, `concurrency` requests under way; `tell` hears how long each waited. Rejects where
 * a picture is not encoded.
 */
export function openEncodeLoad(
  { url, secret, model }: Target,
  photographs: readonly Uint8Array[],
  concurrency: number,
) {
  const pool = new Pool(url, { connections: concurrency });

  async function prepare(photograph: Uint8Array): Promise<Call> {
    const item = { sha256: await sha256Hex(photograph), byteLength: photograph.byteLength };
    const head = new TextEncoder().encode(JSON.stringify({ model, items: [item], seed: 0 }));
    const contentSha256 = await sha256Hex(head);
    const nonce = randomBytes(16).toString('hex');
    const signed = { secret, method: 'POST', path, contentSha256, nowMs: Date.now(), nonce };
    // As the edge does: a worker that knows its endpoint takes nothing signed for another, or for none.
    const context = { endpoint: url };
    return {
      headers: {
        ...(await signRequest({ ...signed, context })),
        'content-type': framesContentType,
        'x-icm-lane': 'interactive',
      },
      body: encodeFrames([head, photograph]),
    };
  }

  async function send({ headers, body }: Call): Promise<Uint8Array> {
    const answer = await pool.request({ method: 'POST', path, headers, body });
    const bytes = await answer.body.bytes();
    if (answer.statusCode !== 200) throw new Error(`the worker answers ${answer.statusCode} under load`);
    return bytes;
  }

  return {
    async encode(count: number, tell?: (waitedMs: number) => void): Promise<number> {
      const calls = await Promise.all(
        Array.from({ length: count }, (_, index) =>
          prepare(photographs[index % photographs.length] as Uint8Array),
        ),
      );
      const answers: Uint8Array[] = [];
      let next = 0;
      const one = async () => {
        for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
          const sentMs = performance.now();
          answers.push(await send(call));
          tell?.(performance.now() - sentMs);
        }
      };
      const startedMs = performance.now();
      await Promise.all(Array.from({ length: concurrency }, one));
      const ms = (performance.now() - startedMs) / count;
      for (const answer of answers) {
        if (unwrap(await decodeEncoded(answer, 1)).failures.length > 0)
          throw new Error('a photograph was refused');
      }
      return ms;
    },
    close: () => pool.close(),
  };
}
