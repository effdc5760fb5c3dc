// What an attack is: requests of one tenant with an ordinary key, over and over until it is told to stop.

import { connect } from 'node:net';
import { Agent, request } from 'undici';

export type AttackTarget = {
  readonly url: string;
  /** Of the attacker's own tenant. */
  readonly key: string;
  /** Of an attacker's site: never answers under `/hang`, 20 MB of text under `/text`, 20 MB that begin
   * as a picture under `/picture`, redirects in a circle under `/circle`. */
  readonly siteUrl: string;
};

export type Sent = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
};

export type Attacker = AttackTarget & {
  /** Fires when the attack is over. */
  readonly signal: AbortSignal;
  /** The status, once the answer has been read; 0 where there was none. */
  readonly send: (sent: Sent) => Promise<number>;
  /** The parsed answer; throws where it is none. For preparations. */
  readonly ask: (sent: Sent) => Promise<unknown>;
  /** A connection of its own, for what no client would send. */
  readonly sendRaw: (
    head: string,
    body: Iterable<string | Uint8Array>,
    end: 'wait' | 'reset',
  ) => Promise<void>;
};

export type Attack = {
  readonly name: string;
  /** Requests under way at once; default 8. */
  readonly concurrency?: number;
  /** Done once before; what it returns is at hand for each request. */
  readonly prepare?: (attacker: Attacker) => Promise<unknown>;
  readonly once: (attacker: Attacker, round: number, prepared: unknown) => Promise<unknown>;
};

/** Another address of this machine than the victim's. */
const localAddress = '127.0.0.2';
const requestTimeoutMs = 40_000;

export function createAttacker(target: AttackTarget, signal: AbortSignal): Attacker {
  const dispatcher = new Agent({ connect: { localAddress }, connections: 64 });
  const headers = { authorization: `Bearer ${target.key}`, 'cf-connecting-ip': '198.51.100.66' };
  const ask = ({ method = 'POST', path, headers: given = {}, body }: Sent) =>
    request(target.url + path, {
      dispatcher,
      method,
      headers: {
        ...headers,
        ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
        ...given,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
  return {
    ...target,
    signal,
    ask: async (sent) => (await ask(sent)).body.json(),
    async send(sent) {
      try {
        const answer = await ask(sent);
        await answer.body.dump({ limit: 2 ** 30 });
        return answer.statusCode;
      } catch {
        return 0;
      }
    },
    sendRaw(head, body, end) {
      const { hostname, port } = new URL(target.url);
      return new Promise((resolve) => {
        const socket = connect({ host: hostname, port: Number(port), localAddress });
        const over = () => {
          socket.destroy();
          resolve();
        };
        socket.on('error', over).on('close', over).setTimeout(requestTimeoutMs, over);
        signal.addEventListener('abort', over, { once: true });
        socket.write(`${head}\r\nhost: ${hostname}\r\nauthorization: Bearer ${target.key}\r\n\r\n`);
        for (const part of body) socket.write(part);
        if (end === 'reset') setTimeout(() => socket.resetAndDestroy(), 50);
      });
    },
  };
}

/** Runs it until the signal: as many at once as it says, each of them one after the other. */
export async function runAttack(attack: Attack, attacker: Attacker): Promise<number> {
  const prepared = await attack.prepare?.(attacker);
  let round = 0;
  const lane = async () => {
    while (!attacker.signal.aborted) {
      await attack.once(attacker, round++, prepared);
      // An attack that is refused at once is no reason to take the machine from everybody else on it.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await Promise.all(Array.from({ length: attack.concurrency ?? 8 }, lane));
  return round;
}
