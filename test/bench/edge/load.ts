// Load on one address, all of it the same request: as much as it takes, or a fixed rate with the time of each answer.

import { setTimeout as delay } from 'node:timers/promises';
import autocannon, { type Result } from 'autocannon';
import { Pool } from 'undici';

export type Call = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

const connections = 32;

export type Load = { readonly perSecond: number; readonly latenciesMs: readonly number[] };

/** As many as it takes. Rejects where one answer is not 200: what refuses is fast. */
export async function load(call: Call, seconds: number): Promise<Load> {
  const latenciesMs: number[] = [];
  const { non2xx, errors, duration } = await new Promise<Result>((resolve, reject) => {
    const running = autocannon(
      { ...call, headers: { ...call.headers }, method: 'POST', connections, duration: seconds },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
    running.on('response', (_client, status, _bytes, durationMs) => {
      if (status === 200) latenciesMs.push(durationMs);
    });
  });
  if (non2xx + errors > 0) throw new Error(`${call.url}: ${non2xx} refusals and ${errors} errors under load`);
  return { perSecond: latenciesMs.length / duration, latenciesMs };
}

/**
 * At a rate, evenly: autocannon's own rates send a second's requests at its beginning, at full speed. A request is sent when it is
 * due, whether or not those before it are answered, and timed from then; the last ones are waited for.
 */
export async function loadEvenly(call: Call, seconds: number, perSecond: number): Promise<Load> {
  const { origin, pathname, search } = new URL(call.url);
  const pool = new Pool(origin, { connections });
  const latenciesMs: number[] = [];
  const send = async () => {
    const sentMs = performance.now();
    const { headers, body: sent } = call;
    const answer = await pool.request({ method: 'POST', path: pathname + search, headers, body: sent });
    await answer.body.arrayBuffer();
    if (answer.statusCode !== 200) throw new Error(`${call.url} answers ${answer.statusCode} under load`);
    latenciesMs.push(performance.now() - sentMs);
  };
  const answers: Promise<void>[] = [];
  const startMs = performance.now();
  while (answers.length < seconds * perSecond) {
    const due = ((performance.now() - startMs) / 1000) * perSecond;
    while (answers.length < due) answers.push(send());
    await delay(1);
  }
  await Promise.all(answers);
  await pool.close();
  return { perSecond: latenciesMs.length / seconds, latenciesMs };
}
