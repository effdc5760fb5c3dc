// What a hub says about a model: its commit, and size and hash of each file of a variant. Downloads no file.

import { HUB_URL, HubApiError, listFiles, modelInfo } from '@huggingface/hub';
import { z } from 'zod';
import { Sha256 } from '#shared/contracts/common.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { filesOf, findLayout, type ModelLayout } from '../../gpu-worker/clip/model-layout.ts';
import type { Variant } from './layout.ts';
import { type ModelsError, modelsError } from './models-error.ts';
import { createProxiedFetch } from './proxied-fetch.ts';
import { isTransientStatus, type RetryPolicy } from './retry.ts';

const metadataTimeoutMs = 30_000;

export type Hub = {
  /** Without a trailing slash. */
  readonly endpoint: string;
  /** Adds the token, to requests to the hub's own origin only. */
  readonly fetch: typeof fetch;
  readonly retry: RetryPolicy;
};

export type RemoteFile = {
  readonly path: string;
  readonly url: string;
  readonly size: number;
  /** SHA-256 of the content where the hub keeps the file in LFS, else git's blob name. */
  readonly expected: { readonly sha256: string } | { readonly gitBlob: string };
};

export type RemoteModel = {
  readonly commit: string;
  /** As the hub's page says, e.g. `mit`. */
  readonly license: string | undefined;
  readonly layout: ModelLayout;
  readonly files: readonly RemoteFile[];
};

/**
 * A hub at `HF_ENDPOINT` (a mirror, say) or the public one, with `HF_TOKEN` for gated and private models.
 * The token goes in by a header of our own: mirrors have tokens of other forms than the library accepts.
 */
export function openHub(
  environment: Readonly<Record<string, string | undefined>>,
  retry: RetryPolicy,
): Result<Hub, ModelsError> {
  const endpoint = (environment.HF_ENDPOINT || HUB_URL).replace(/\/+$/, '');
  if (!URL.canParse(endpoint)) {
    return err(modelsError('unreachable', `HF_ENDPOINT is not an address: ${endpoint}`));
  }
  const { origin } = new URL(endpoint);
  const token = environment.HF_TOKEN;
  const send = createProxiedFetch(environment);
  const authorisedFetch: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    if (token && new URL(request.url).origin === origin) {
      request.headers.set('authorization', `Bearer ${token}`);
    }
    return send(request);
  };
  return ok({ endpoint, fetch: authorisedFetch, retry });
}

/** Resolves a revision (branch, tag or commit) to its commit and finds the variant's files there. */
export async function describeModel(
  hub: Hub,
  query: { readonly name: string; readonly revision: string; readonly variant: Variant },
): Promise<Result<RemoteModel, ModelsError>> {
  const resolved = await ask(hub, query.name, (common) => resolveCommit(common, query));
  if (!resolved.ok) return resolved;
  const { commit, license } = resolved.value;
  const entries = await ask(hub, query.name, (common) => listEntries(common, query.name, commit));
  if (!entries.ok) return entries;
  const layout = findLayout(entries.value.keys(), query.variant);
  if (!layout.ok) {
    return err(modelsError('not-a-model', `${query.name} cannot be used: ${layout.error}.`));
  }
  const files = filesOf(layout.value).flatMap((path): RemoteFile[] => {
    const entry = entries.value.get(path);
    if (entry === undefined) return [];
    const url = `${hub.endpoint}/${query.name}/resolve/${encodeURIComponent(commit)}/${path}`;
    return [{ path, url, size: entry.lfs?.size ?? entry.size, expected: expectedHash(entry) }];
  });
  return ok({ commit, license, layout: layout.value, files });
}

type Common = { readonly hubUrl: string; readonly fetch: typeof fetch };

const Commit = z.string().regex(/^[0-9a-zA-Z._-]{1,100}$/);

const Tags = z.array(z.string().max(200));

const Entry = z.object({
  path: z.string(),
  size: z.int().min(0),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: Sha256, size: z.int().min(0) }).optional(),
});
type Entry = z.infer<typeof Entry>;

async function resolveCommit(
  common: Common,
  query: { readonly name: string; readonly revision: string },
): Promise<{ readonly commit: string; readonly license: string | undefined }> {
  const info = await modelInfo({
    name: query.name,
    revision: query.revision,
    additionalFields: ['sha', 'tags'],
    ...common,
  });
  const tags = Tags.safeParse(info.tags).data ?? [];
  const license = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length);
  return { commit: Commit.parse(info.sha), license };
}

async function listEntries(
  common: Common,
  name: string,
  commit: string,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const item of listFiles({ repo: name, revision: commit, recursive: true, ...common })) {
    if (item.type === 'file') entries.set(item.path, Entry.parse(item));
  }
  return entries;
}

function expectedHash(entry: Entry): RemoteFile['expected'] {
  return entry.lfs === undefined ? { gitBlob: entry.oid } : { sha256: entry.lfs.oid };
}

/** Runs one question to the hub, again after failures that may pass. */
async function ask<T>(
  hub: Hub,
  name: string,
  question: (common: Common) => Promise<T>,
): Promise<Result<T, ModelsError>> {
  const timedFetch: typeof fetch = (input, init) =>
    hub.fetch(input, { ...init, signal: AbortSignal.timeout(metadataTimeoutMs) });
  for (let failures = 1; ; failures++) {
    try {
      return ok(await question({ hubUrl: hub.endpoint, fetch: timedFetch }));
    } catch (error) {
      const final = error instanceof HubApiError && !isTransientStatus(error.statusCode);
      if (final || error instanceof z.ZodError || failures >= hub.retry.maxFailures) {
        return err(explain(hub, name, error));
      }
      await hub.retry.pause(failures);
    }
  }
}

function explain(hub: Hub, name: string, error: unknown): ModelsError {
  if (error instanceof HubApiError && error.statusCode === 404) {
    return modelsError('not-found', `${hub.endpoint} has no model ${name} at that revision.`);
  }
  if (error instanceof HubApiError && (error.statusCode === 401 || error.statusCode === 403)) {
    const detail = `${hub.endpoint} does not show ${name} to us: no such model, or it needs HF_TOKEN.`;
    return modelsError('not-permitted', detail);
  }
  if (error instanceof HubApiError) {
    return modelsError('unreachable', `${hub.endpoint} answered ${error.statusCode} for ${name}.`);
  }
  if (error instanceof z.ZodError) {
    return modelsError('unreachable', `${hub.endpoint} answered something a hub does not answer.`);
  }
  return modelsError('unreachable', `${hub.endpoint} cannot be reached: ${reason(error)}`);
}

/** `fetch failed` says nothing; its cause does. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
