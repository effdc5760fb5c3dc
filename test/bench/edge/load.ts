// Load on one address, all of it the same request: as much as it takes, or a fixed rate with the time of each answer.

import autocannon, { type Result } from 'autocannon';

export type Call = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

const connections = 32;

export type Load = { readonly perSecond: number; readonly latenciesMs: readonly number[] };

/** Rejects where one answer is not 200: what refuses is fast. `perSecond` absent: as many as it takes. */
export async function load(call: Call, seconds: number, perSecond?: number): Promise<Load> {
  const latenciesMs: number[] = [];
  const { non2xx, errors, duration } = await new Promise<Result>((resolve, reject) => {
    const running = autocannon(
      {
        ...call,
        headers: { ...call.headers },
        method: 'POST',
        connections,
        duration: seconds,
        ...(perSecond === undefined
          ? {}
          : { overallRate: Math.round(perSecond), ignoreCoordinatedOmission: true }),
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
    running.on('response', (_client, status, _bytes, durationMs) => {
      if (status === 200) latenciesMs.push(durationMs);
    });
  });
  if (non2xx + errors > 0) throw new Error(`${call.url}: ${non2xx} refusals and ${errors} errors under load`);
  return { perSecond: latenciesMs.length / duration, latenciesMs };
}
