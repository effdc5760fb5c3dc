// A signed-in caller: the typed client with its key, and what a call took. Draws nothing.

import { type ClipIcmClient, createClient } from '#client/client.ts';
import { serviceRoot } from '../service-root.ts';
import { parseServerTiming, type TimingEntry } from './server-timing.ts';

export type Timed<T> = {
  readonly value: T;
  /** From sending the last attempt to the head of its answer, seen from this browser. */
  readonly roundTripMs: number;
  readonly server: readonly TimingEntry[];
};

export type Session = {
  readonly client: ClipIcmClient;
  /** The shown part of the key, `icm_dev_<id>`. */
  readonly keyPrefix: string;
  /** Runs one call and says how long it took. `onSetback` hears the code of each refusal, also of those that are asked again. */
  readonly timed: <T>(
    call: (client: ClipIcmClient) => Promise<T>,
    onSetback?: (code: string) => void,
  ) => Promise<Timed<T>>;
};

/** `onRefused` is called when the service no longer knows the key: revoked, expired, or never valid. */
export function openSession(key: string, onRefused: () => void): Session {
  const send = async (request: Request): Promise<Response> => {
    const response = await fetch(request);
    if (response.status === 401) onRefused();
    return response;
  };
  const options = { url: serviceRoot, key, maxRetries: 2, maxRetryDelayMs: 5000 };
  return {
    client: createClient({ ...options, fetch: send }),
    keyPrefix: key.split('_').slice(0, 3).join('_'),
    timed: async (call, onSetback) => {
      let roundTripMs = 0;
      let header: string | null = null;
      const client = createClient({
        ...options,
        fetch: async (request) => {
          const startedMs = performance.now();
          const response = await send(request);
          roundTripMs = performance.now() - startedMs;
          header = response.headers.get('server-timing');
          // Before the client goes on, so that what is said of it comes before its end.
          if (!response.ok && onSetback !== undefined) onSetback(await codeOf(response.clone()));
          return response;
        },
      });
      const value = await call(client);
      return { value, roundTripMs, server: parseServerTiming(header) };
    },
  };
}

/** Empty where the answer is not the service's own. */
async function codeOf(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => undefined);
  const hasCode = typeof problem === 'object' && problem !== null && 'code' in problem;
  return hasCode && typeof problem.code === 'string' ? problem.code : '';
}
