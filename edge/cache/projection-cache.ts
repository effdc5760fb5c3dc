// Fitted projections ready to answer: which version a selector means (D1, remembered for seconds) and its compiled heads
// (memory -> Cache API -> R2; immutable, keyed by tenant and id). A deleted projection is no longer found by its selector,
// so it is refused everywhere within `resolutionTtlMs`, whatever tier still holds its bytes.

import { type AppError, appError } from '#shared/app-error.ts';
import { decodeAnswering } from '#shared/codec/icm-file.ts';
import type { Tier } from '#shared/contracts/classification.ts';
import { createLru } from '#shared/lru.ts';
import type { HoldRows } from '#shared/math/kernels/hold-rows.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { giveWay } from '../clients/breathe.ts';
import type { FileRoom } from '../limits/file-room.ts';
import { lookupCounter } from '../metrics/counters.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import { parseSelector } from '../stores/projection-selector.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import { type ReadyProjection, readyProjection } from './ready-projection.ts';
import type { TieredBytes } from './tiered-bytes.ts';

export type Found = { readonly projection: ReadyProjection; readonly tier: Exclude<Tier, 'worker'> };

export type ProjectionCache = {
  /** Without waiting: only what is in memory and still fresh. */
  peek(tenantId: string, selector: string, nowMs: number): Found | undefined;
  get(
    tenantId: string,
    selector: string,
    later: (work: Promise<unknown>) => void,
    nowMs: number,
  ): Promise<Result<Found, AppError<'not-found' | 'conflict' | 'busy'>>>;
  /** The candidate asked beside what a name means, as far as this isolate knows without asking. */
  shadowOf(tenantId: string, name: string): number | undefined;
  /** After a change: this isolate looks everything of the tenant up again; the files given are dropped. */
  forget(tenantId: string, projectionIds: readonly string[]): Promise<void>;
};

/** The longest that a deleted projection or a moved alias may go unnoticed. */
const resolutionTtlMs = 5000;
/** From this age on, a resolution is looked up again behind an answer, so that steady traffic never waits for D1. */
const refreshAfterMs = 2500;
const maxResolutions = 10_000;
/** Of an isolate's 128 MB: 64 projections of 256 of 512 dimensions and 100 labels, in both modes. */
export const maxProjectionBytes = 56 * 1024 * 1024;
/** Of a tenant, where others' are there and it is full: who asks for many large ones must not put everybody else's out. */
const maxTenantBytes = maxProjectionBytes / 2;

/** From here on a file takes so long to check and to make ready that others go first in between. */
const largeBytes = 2 * 1024 * 1024;

type Resolution = { readonly record: ProjectionRecord; readonly atMs: number; refreshing: boolean };

type Collaborators = {
  readonly projections: Pick<ProjectionStore, 'find'>;
  readonly bytes: TieredBytes;
  readonly fileRoom: FileRoom;
  /** How the matrices of a projection in memory are multiplied. */
  readonly holdRows?: HoldRows | undefined;
};

const countLookup = lookupCounter('projections');

export function createProjectionCache({
  projections,
  bytes,
  fileRoom,
  holdRows,
}: Collaborators): ProjectionCache {
  const resolutions = createLru<Resolution>({ maxWeight: maxResolutions });
  const memory = createLru<ReadyProjection>({ maxWeight: maxProjectionBytes });

  const resolve = async (tenantId: string, selector: string, nowMs: number) => {
    const record = await projections.find(tenantId, parseSelector(selector));
    const name = `${tenantId} ${selector}`;
    if (record === undefined) resolutions.delete(name);
    else resolutions.set(name, { record, atMs: nowMs, refreshing: false });
    return record;
  };
  const remembered = (tenantId: string, selector: string, nowMs: number) => {
    const resolution = resolutions.get(`${tenantId} ${selector}`);
    return resolution !== undefined && nowMs - resolution.atMs < resolutionTtlMs ? resolution : undefined;
  };

  const inMemory = (tenantId: string, id: string, nowMs: number): Found | undefined => {
    const projection = memory.get(memoryKey(tenantId, id), nowMs);
    if (projection === undefined) return undefined;
    countLookup('memory');
    return { projection, tier: 'memory' };
  };

  /** Where there is no room for one more of a tenant, its own oldest go first as long as it has more than its share. */
  const keepToShare = (tenantId: string, more: number): void => {
    const own = [...memory.entries()].filter(([key]) => key.startsWith(memoryKey(tenantId, '')));
    let bytes = own.reduce((total, [, { heldBytes }]) => total + heldBytes, 0);
    if (bytes === memory.weight || memory.weight + more <= maxProjectionBytes) return;
    for (const [key, { heldBytes }] of own) {
      if (bytes + more <= maxTenantBytes) return;
      memory.delete(key);
      bytes -= heldBytes;
    }
  };

  const cache: ProjectionCache = {
    peek(tenantId, selector, nowMs) {
      const resolution = remembered(tenantId, selector, nowMs);
      if (resolution === undefined) return undefined;
      // Close to its end it is left to `get`, which renews it.
      if (nowMs - resolution.atMs >= refreshAfterMs && !resolution.refreshing) return undefined;
      return inMemory(tenantId, resolution.record.id, nowMs);
    },
    async get(tenantId, selector, later, nowMs) {
      const resolution = remembered(tenantId, selector, nowMs);
      if (resolution !== undefined && nowMs - resolution.atMs >= refreshAfterMs && !resolution.refreshing) {
        resolution.refreshing = true;
        later(resolve(tenantId, selector, nowMs).catch(() => undefined));
      }
      const record = resolution?.record ?? (await resolve(tenantId, selector, nowMs));
      if (record === undefined) return err(appError('not-found', 'The tenant has no such projection.'));
      if (record.status !== 'ready') {
        resolutions.delete(`${tenantId} ${selector}`);
        return err(appError('conflict', `The projection is not ready: it is ${record.status}.`));
      }
      const known = inMemory(tenantId, record.id, nowMs);
      if (known !== undefined) return ok(known);
      const file = { tenantId, key: record.id, bytes: record.artefactBytes ?? 0 };
      return fileRoom.hold(file, {
        known: () => inMemory(tenantId, record.id, nowMs),
        read: () => load(tenantId, record, later, nowMs),
      });
    },
    shadowOf: (tenantId, name) => resolutions.get(`${tenantId} ${name}`)?.record.shadow,
    async forget(tenantId, projectionIds) {
      for (const [name] of resolutions.entries()) {
        if (name.startsWith(`${tenantId} `)) resolutions.delete(name);
      }
      for (const id of projectionIds) memory.delete(memoryKey(tenantId, id));
      await bytes.delete(projectionIds.map((id) => objectKeys.artefact(tenantId, id)));
    },
  };

  async function load(
    tenantId: string,
    record: ProjectionRecord,
    later: (work: Promise<unknown>) => void,
    nowMs: number,
  ): Promise<Result<Found, AppError<'not-found'>>> {
    const stored = await bytes.get(objectKeys.artefact(tenantId, record.id), later);
    countLookup(stored?.tier ?? 'none');
    if (stored === undefined) return err(appError('not-found', 'The projection has been deleted.'));
    // The file and what is made of it are there at once: not beside what would go for it anyway.
    keepToShare(tenantId, stored.bytes.byteLength);
    memory.makeRoom(stored.bytes.byteLength);
    const isLarge = stored.bytes.byteLength >= largeBytes;
    if (isLarge) await giveWay();
    const artefact = await decodeAnswering(stored.bytes);
    if (!artefact.ok) throw new Error(`artefact of ${record.id}: ${artefact.error.detail}`);
    if (isLarge) await giveWay();
    const projection = readyProjection(record, artefact.value, holdRows);
    memory.set(memoryKey(tenantId, record.id), projection, projection.heldBytes, nowMs);
    return ok({ projection, tier: stored.tier });
  }

  return cache;
}

function memoryKey(tenantId: string, id: string): string {
  return `${tenantId} ${id}`;
}
