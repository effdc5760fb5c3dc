// `clip-icm/client`: the service's API as typed calls, for Node, browsers and Workers alike.
// Types come from the contracts the service validates with; no schema code is shipped.

import { type Admin, admin } from './resources/admin.ts';
import { type Batches, batches } from './resources/batches.ts';
import { type Classifications, classifications } from './resources/classifications.ts';
import { type Corrections, corrections } from './resources/corrections.ts';
import { type Datasets, datasets } from './resources/datasets.ts';
import { type Embeddings, embeddings } from './resources/embeddings.ts';
import { type Environments, environments } from './resources/environments.ts';
import { type Evaluations, evaluations } from './resources/evaluations.ts';
import { type Jobs, jobs } from './resources/jobs.ts';
import { type Keys, keys } from './resources/keys.ts';
import { type Projections, projections } from './resources/projections.ts';
import { type Usage, usage } from './resources/usage.ts';
import { type Webhooks, webhooks } from './resources/webhooks.ts';
import { createTransport } from './transport.ts';

// biome-ignore lint/performance/noBarrelFile: the package's one entry; callers need the error classes for `instanceof`.
export { ClipIcmConnectionError, ClipIcmError, ClipIcmJobError, ClipIcmWebhookError } from './errors.ts';
export {
  type VerifiedWebhook,
  type VerifyOptions,
  verifyWebhook,
  type WebhookHeaders,
} from './verify-webhook.ts';

export type ClientOptions = {
  /** Where the service is, e.g. `https://icm.example.com`. */
  readonly url: string;
  /** An API key; the admin secret for `admin`. Absent: only what needs no key. */
  readonly key?: string | undefined;
  readonly fetch?: (request: Request) => Promise<Response>;
  /** For each attempt of a call; default 60 s. */
  readonly timeoutMs?: number;
  /** Attempts after the first, of calls that may be repeated; default 3. */
  readonly maxRetries?: number;
  /** A longer `Retry-After` ends the call instead of being waited for; default 30 s. */
  readonly maxRetryDelayMs?: number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1); spreads retries. */
  readonly random?: () => number;
};

export type ClipIcmClient = {
  readonly classifications: Classifications;
  /** A whole dataset, classified by a job. */
  readonly batches: Batches;
  /** `batches.create` by the name under which people look for it. */
  readonly classifyBatch: Batches['create'];
  readonly embeddings: Embeddings;
  readonly datasets: Datasets;
  readonly projections: Projections;
  readonly corrections: Corrections;
  readonly environments: Environments;
  readonly jobs: Jobs;
  readonly evaluations: Evaluations;
  readonly webhooks: Webhooks;
  readonly keys: Keys;
  readonly usage: Usage;
  readonly admin: Admin;
};

/**
 * A client of the service at `options.url`. Calls throw `ClipIcmError` for an error answer, `ClipIcmConnectionError`
 * where none came, and the reason of their own `signal` once that is aborted.
 */
export function createClient(options: ClientOptions): ClipIcmClient {
  const transport = createTransport({
    url: options.url,
    key: options.key,
    // Called as a plain function: browsers and Workers refuse fetch as a method of another object.
    fetch: options.fetch ?? ((request) => fetch(request)),
    timeoutMs: options.timeoutMs ?? 60_000,
    sleep: options.sleep ?? sleep,
    retry: {
      maxRetries: options.maxRetries ?? 3,
      baseDelayMs: 250,
      maxDelayMs: options.maxRetryDelayMs ?? 30_000,
      random: options.random ?? Math.random,
    },
  });
  const ofBatches = batches(transport);
  return {
    classifications: classifications(transport),
    batches: ofBatches,
    classifyBatch: ofBatches.create,
    embeddings: embeddings(transport),
    datasets: datasets(transport),
    projections: projections(transport),
    corrections: corrections(transport),
    environments: environments(transport),
    jobs: jobs(transport),
    evaluations: evaluations(transport),
    webhooks: webhooks(transport),
    keys: keys(transport),
    usage: usage(transport),
    admin: admin(transport),
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
