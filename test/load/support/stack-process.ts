// Entry of a local stack in a process of its own, so that all of it can be killed. Told what to open by its argument, and
// asked by messages; ends when whoever asks is gone.

import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type { R2Bucket } from '@cloudflare/workers-types';
import type { LocalStack } from '../../../infra/local/open-local-stack.ts';
import { openLocalStack } from '../../../infra/local/open-local-stack.ts';
import type { StackMessage, StackOrder, StackQuestion, StackRequest } from './stack-messages.ts';

const order: StackOrder = JSON.parse(process.argv[2] ?? '');
const logFile = path.join(order.stateDirectory, 'stack.log');

try {
  await serve(
    await openLocalStack({
      ...order,
      edge: { inspect: order.inspect },
      onLog: (source, line) => appendFileSync(logFile, `${source} ${line}\n`),
    }),
  );
} catch (error) {
  tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.disconnect();
}

async function serve(stack: LocalStack): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  process.on('message', async ({ id, question }: StackRequest) => {
    const value = await answer(stack, question);
    tell({ id, value });
    if (question.kind === 'close') process.exit(0);
  });
  const workerUrls = stack.workers.map(({ url }) => url);
  const { adminSecret, workerSecret } = stack.secrets;
  const opened = { url: stack.url, adminSecret, workerSecret, workerUrls };
  if (order.inspect !== true) return tell({ opened });
  const inspector = String(await stack.miniflare.getInspectorURL());
  tell({ opened: { ...opened, inspectorUrl: new URL('/core:user:edge', inspector).href } });
}

async function answer(stack: LocalStack, question: StackQuestion): Promise<unknown> {
  switch (question.kind) {
    case 'worker-pids':
      return stack.workers.flatMap((worker) => worker.pid() ?? []);
    case 'object':
      return objectOf(await bucketOf(stack), question.key);
    case 'objects':
      return objectKeysOf(await bucketOf(stack));
    case 'housekeeping':
      await (await stack.miniflare.getWorker()).scheduled({ scheduledTime: new Date(), cron: '' });
      return undefined;
    case 'close':
      return stack.close();
  }
}

/** The binding's type, which miniflare declares anew. */
async function bucketOf({ miniflare }: LocalStack): Promise<R2Bucket> {
  return (await miniflare.getR2Bucket('BUCKET')) as unknown as R2Bucket;
}

async function objectOf(bucket: R2Bucket, key: string): Promise<string> {
  const object = await bucket.get(key);
  return object === null ? '' : Buffer.from(await object.arrayBuffer()).toString('base64');
}

async function objectKeysOf(bucket: R2Bucket): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list(cursor === undefined ? {} : { cursor });
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return keys;
}

function tell(message: StackMessage): void {
  process.send?.(message);
}
