// Starts the real worker as a process on a free port, and talks to it as the edge does.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodeFrames } from '../../../shared/codec/frames.ts';
import { sha256Hex } from '../../../shared/digest.ts';
import { signRequest } from '../../../shared/signing.ts';

export const secret = 'a secret for tests that is long enough';

const main = fileURLToPath(new URL('../../../gpu-worker/main.ts', import.meta.url));

export type WorkerProcess = {
  readonly origin: string;
  readonly process: ChildProcess;
  readonly logs: readonly Record<string, unknown>[];
  readonly stop: () => Promise<number | null>;
};

export async function startWorker(
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, PORT: '0', ICM_WORKER_SECRETS: secret, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const logs: Record<string, unknown>[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
    createInterface(child.stdout).on('line', (line) => {
      const entry = JSON.parse(line);
      logs.push(entry);
      if (entry.event === 'listening') resolve(entry.port);
    });
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    process: child,
    logs,
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

export async function untilReady(origin: string): Promise<void> {
  await until(async () => {
    const response = await fetch(`${origin}/readyz`);
    await response.body?.cancel();
    return response.status === 200;
  });
}

/** Asks again until it is so; the test's own time limit ends the wait. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

/** The value of a metric without labels. */
export async function metric(origin: string, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const value = new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`there is no metric ${name}`);
  return Number(value);
}

export type SignedPost = {
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** What the signature covers, where it is not the whole body. */
  readonly signed?: Uint8Array<ArrayBuffer>;
  /** Default: the one that the worker is started with. */
  readonly secret?: string;
  readonly nowMs?: number;
  readonly nonce?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
};

export async function post(origin: string, request: SignedPost): Promise<Response> {
  const {
    path,
    body,
    signed = wholeBody(body),
    secret: signedWith = secret,
    nowMs = Date.now(),
    nonce = randomUUID(),
    headers,
    signal,
  } = request;
  const contentSha256 = await sha256Hex(signed);
  const signature = await signRequest({
    secret: signedWith,
    method: 'POST',
    path,
    contentSha256,
    nowMs,
    nonce,
  });
  return await fetch(origin + path, {
    method: 'POST',
    headers: { ...signature, ...headers },
    body,
    // Node's fetch wants this said for a body that is a stream.
    ...{ duplex: 'half' },
    ...(signal === undefined ? {} : { signal }),
  });
}

function wholeBody(body: SignedPost['body']): Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return body;
  throw new Error('say what is signed of a streamed body');
}

export function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

export type FramesPost = Omit<SignedPost, 'body' | 'signed'> & {
  readonly head: Record<string, unknown>;
  readonly items: readonly { readonly bytes: Uint8Array; readonly [field: string]: unknown }[];
};

/** The body of a frames request: `bytes` of each item follow, its other fields go into the head. */
export async function framesBody({ head, items }: Pick<FramesPost, 'head' | 'items'>) {
  const listed = await Promise.all(
    items.map(async ({ bytes, ...rest }) => ({
      sha256: await sha256Hex(bytes),
      byteLength: bytes.byteLength,
      ...rest,
    })),
  );
  const signed = jsonBytes({ ...head, items: listed });
  return { signed, body: encodeFrames([signed, ...items.map(({ bytes }) => bytes)]) };
}

export async function postFrames(origin: string, { head, items, ...request }: FramesPost): Promise<Response> {
  return await post(origin, { ...request, ...(await framesBody({ head, items })) });
}
