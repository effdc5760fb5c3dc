// The worker's settings, read once from the environment. Every limit has a default that suits one machine.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ModelName } from '#shared/contracts/common.ts';
import { modelVariants } from '#shared/contracts/model-variants.ts';
import { maxPicturePixels, maxRequestPixels } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';

const mebibyte = 2 ** 20;

function integer(fallback: number, min = 1) {
  return z.coerce.number().int().min(min).default(fallback);
}

function list<Item extends z.ZodType<unknown, string>>(item: Item) {
  return z
    .string()
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(item));
}

const Cidr = z.string().regex(/^[0-9a-f.:]+\/\d{1,3}$/i, 'an address and a prefix length, e.g. 10.0.0.0/8');

export const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  /** 0 takes a free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** The present secret first; more while it is being rotated. */
  ICM_WORKER_SECRETS: list(z.string().min(32, 'each secret has at least 32 characters')).refine(
    (secrets) => secrets.length > 0,
    'at least one secret',
  ),
  /** This worker's addresses as the edge's WORKER_ENDPOINTS has them; empty: requests signed for any are taken. */
  ICM_ENDPOINTS: list(z.url({ protocol: /^https?$/ })).default([]),
  /** Several are written as PATH is; a model is taken from the first that has it. */
  ICM_MODELS_DIR: z.string().default(fileURLToPath(new URL('./models', import.meta.url))),
  /** Loaded before the worker says that it is ready. */
  ICM_DEFAULT_MODEL: ModelName.default('nano-clip'),
  ICM_MODEL_VARIANT: z.enum(modelVariants).default('default'),
  /** Models beyond this together are unloaded, least recently used first. */
  ICM_MODEL_BYTES: integer(4096 * mebibyte),
  ICM_EXECUTION_PROVIDER: z.enum(['cuda', 'cpu']).default('cpu'),
  /** Of a batch of any model, one at a time; default: by the model (clip/tower-threads.ts). */
  ICM_INTRA_OP_THREADS: z.coerce.number().int().min(1).optional(),
  ICM_PICTURE_THREADS: integer(availableParallelism()),
  ICM_MAX_BATCH: integer(16),
  /** Pictures of requests under way; beyond it requests are refused. */
  ICM_QUEUE_LIMIT: integer(256),
  ICM_MAX_PIXELS: integer(maxPicturePixels),
  /** Of all pictures of one request of a waiting caller together. */
  ICM_MAX_REQUEST_PIXELS: integer(maxRequestPixels),
  ICM_MAX_PICTURE_BYTES: integer(32 * mebibyte),
  /** For decoding and preparing one picture of a waiting caller; in the background six times as much. */
  ICM_PICTURE_TIMEOUT_MS: integer(10_000),
  /** `take`: a JPEG whose end is missing is used as far as it came, the rest grey. */
  ICM_TRUNCATED_JPEGS: z.enum(['refuse', 'take']).default('refuse'),
  /** Of one `.stats` file in a merge or a solve. */
  ICM_MAX_STATISTICS_BYTES: integer(1024 * mebibyte),
  ICM_REQUEST_TIMEOUT_MS: integer(3_600_000),
  /** How long requests under way may take after SIGTERM. */
  ICM_DRAIN_TIMEOUT_MS: integer(25_000, 0),
  /** OpenAI-compatible chat endpoint for text interventions, e.g. https://host/v1/chat/completions. */
  ICM_CHAT_URL: z.url({ protocol: /^https?$/ }).optional(),
  ICM_CHAT_MODEL: z.string().optional(),
  ICM_CHAT_KEY: z.string().optional(),
  ICM_CHAT_TIMEOUT_MS: integer(30_000),
  /** Networks that fetches may reach although they are private, as CIDR. */
  ICM_FETCH_ALLOW: list(Cidr).default([]),
  ICM_FETCH_TIMEOUT_MS: integer(10_000),
  /** Fetches under way at once, and those of one tenant; each may hold a picture's bytes twice. */
  ICM_FETCH_LIMIT: integer(32),
  ICM_FETCH_LIMIT_TENANT: integer(6),
});
export type Environment = z.infer<typeof Environment>;

/** The error names every variable that does not fit, and no value: some are secrets. */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Result<Environment, string> {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
