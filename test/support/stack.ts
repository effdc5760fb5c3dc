// The whole local stack for tests: a real edge, real worker processes, nothing kept. Clients do not retry, so that a
// test sees the first answer.

import { type ClipIcmClient, createClient } from '#client/client.ts';
import type { KeyCreate, PlanLimits } from '#shared/contracts/tenant.ts';
import {
  type LocalStack,
  type LocalStackOptions,
  openLocalStack,
} from '../../infra/local/open-local-stack.ts';
import { readMetric } from './worker-metric.ts';

export type StackTenant = {
  readonly id: string;
  readonly key: string;
  readonly client: ClipIcmClient;
  /** A request as this tenant, for what the client would not send. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** A client with another key of the tenant. */
  clientWith(key: Partial<KeyCreate>): Promise<ClipIcmClient>;
};

export type TestStack = LocalStack & {
  tenant(name: string, limits?: Partial<PlanLimits>): Promise<StackTenant>;
};

export async function openTestStack(options: LocalStackOptions = {}): Promise<TestStack> {
  // Tests are refused more often than anybody should be.
  const bindings = { REFUSALS_PER_MINUTE: '1000000', ...options.bindings };
  // A test waits for its workers, and beside other tests it would wait for those first.
  const stack = await openLocalStack({ workersGoSecond: false, ...options, bindings });
  const clientOf = (key: string) => createClient({ url: stack.url, key, maxRetries: 0 });
  const operator = clientOf(stack.secrets.adminSecret);
  return {
    ...stack,
    tenant: async (name, limits = {}) => {
      const { tenant, key } = await operator.admin.tenants.create({ name, limits });
      const client = clientOf(key.key);
      return {
        id: tenant.id,
        key: key.key,
        client,
        fetch: (path, init = {}) =>
          fetch(`${stack.url}${path}`, {
            ...init,
            headers: { authorization: `Bearer ${key.key}`, ...init.headers },
          }),
        clientWith: async (wanted) => {
          const made = await client.keys.create({ name: 'another', ...wanted });
          return clientOf(made.key);
        },
      };
    },
  };
}

/** What the workers have done so far, by their own count of it. */
export async function workerCount(
  stack: LocalStack,
  metric: 'icm_pictures_encoded_total' | 'icm_texts_encoded_total',
): Promise<number> {
  const counts = await Promise.all(stack.workers.map(({ url }) => readMetric(url, metric)));
  return counts.reduce((sum, count) => sum + count, 0);
}

export function encodedPictures(stack: LocalStack): Promise<number> {
  return workerCount(stack, 'icm_pictures_encoded_total');
}

/** No job that needs a worker ends meanwhile: what is said to one at work finds it there, however slow the machine is to say it. */
export async function whileWorkersStand<T>(stack: LocalStack, work: () => Promise<T>): Promise<T> {
  const tellAll = (signal: NodeJS.Signals) => {
    for (const worker of stack.workers) {
      const pid = worker.pid();
      if (pid !== undefined) process.kill(pid, signal);
    }
  };
  tellAll('SIGSTOP');
  try {
    return await work();
  } finally {
    tellAll('SIGCONT');
  }
}
