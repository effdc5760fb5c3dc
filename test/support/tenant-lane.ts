// One tenant's part in a random interleaving: does operations through the API and checks every answer against a model that
// knows of this tenant alone. Whatever another tenant does with the same names and pictures must not show.

import { expect } from 'vitest';
import { ClassificationResponse } from '#shared/contracts/classification.ts';
import { Dataset } from '#shared/contracts/dataset.ts';
import { EnvironmentChanged } from '#shared/contracts/environment.ts';
import { Job } from '#shared/contracts/job.ts';
import { Projection } from '#shared/contracts/projection.ts';
import { UsageResponse } from '#shared/contracts/usage.ts';
import { fc } from './properties.ts';
import type { StackTenant } from './stack.ts';

const names = ['alpha', 'beta'] as const;
export const pictureCount = 3;

export type Operation =
  | {
      readonly kind: 'create' | 'drop' | 'import' | 'publish' | 'release' | 'download' | 'forget';
      readonly name: string;
    }
  | { readonly kind: 'point' | 'delete'; readonly name: string; readonly version: number }
  | {
      readonly kind: 'upload' | 'classify' | 'profile' | 'unprofile';
      readonly name: string;
      readonly picture: number;
    }
  | { readonly kind: 'classify-hash' | 'classify-plain'; readonly picture: number }
  | { readonly kind: 'look' | 'pry' };

const name = fc.constantFrom(...names);
const picture = fc.nat({ max: pictureCount - 1 });
const version = fc.integer({ min: 1, max: 3 });

export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constantFrom('create', 'drop', 'import', 'release', 'download', 'forget'), name }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('publish'), name }) },
  fc.record({ kind: fc.constantFrom('point', 'delete'), name, version }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('upload', 'classify'), name, picture }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('profile', 'unprofile'), name, picture }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('classify-hash', 'classify-plain'), picture }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('look', 'pry') }) },
);

export type LaneMaterial = {
  readonly tenant: StackTenant;
  readonly requestsPerMinute: number;
  /** Its labels are this tenant's alone. */
  readonly artefact: Uint8Array<ArrayBuffer>;
  readonly labels: readonly string[];
  readonly pictures: readonly { readonly bytes: Uint8Array<ArrayBuffer>; readonly sha256: string }[];
  /** Identifiers that the other tenant has been told. */
  readonly othersIds: () => readonly string[];
};

export type TenantLane = {
  readonly run: (operation: Operation) => Promise<void>;
  /** Every identifier that any answer to this tenant has held, in body or headers. */
  readonly ids: ReadonlySet<string>;
};

type Answer = { readonly status: number; readonly headers: Headers; readonly body: Uint8Array<ArrayBuffer> };

const identifier = /\b(?:ten|ds|itm|prj|job|evl|aud|key)_[0-9A-Za-z]{16,}/g;
const seenBefore = expect.stringMatching(/^(?:memory|cache|storage)$/);

export function openLane(material: LaneMaterial): TenantLane {
  const { tenant, artefact, labels, pictures } = material;
  const ids = new Set<string>();
  const datasets = new Map<string, { readonly id: string; readonly pictures: Set<number> }>();
  /** By name, from version 1 on; `undefined` where deleted. */
  const versions = new Map<string, (string | undefined)[]>();
  const aliases = new Map<string, { version: number; pinned: boolean }>();
  /** By name, what each environment's profile should be. */
  const profiles = new Map<string, { pictures: number; revision: number }>();
  const jobs: string[] = [];
  /** Pictures ever encoded for this tenant, ever uploaded by it; projections that answered it before. */
  const [encoded, uploaded, loaded] = [new Set<number>(), new Set<number>(), new Set<string>()];
  const counts = { requests: 0, encoded: 0 };
  let plainAsked = false;

  async function call(method: string, path: string, body?: unknown, type = 'application/json') {
    counts.requests += 1;
    const content = body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
    const sent = body === undefined ? {} : { headers: { 'content-type': type }, body: content };
    const response = await tenant.fetch(path, { method, ...sent });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(response.headers.get('ratelimit-policy')).toBe(`"tenant";q=${material.requestsPerMinute};w=60`);
    return { status: response.status, headers: response.headers, body: bytes };
  }
  async function ask(...request: Parameters<typeof call>): Promise<Answer> {
    const answer = await call(...request);
    const text = new TextDecoder().decode(answer.body) + JSON.stringify([...answer.headers]);
    for (const [id] of text.matchAll(identifier)) ids.add(id);
    return answer;
  }
  const jsonOf = ({ body }: Answer): unknown => JSON.parse(new TextDecoder().decode(body));
  const itemsOf = (answer: Answer) => (jsonOf(answer) as { items: Record<string, unknown>[] }).items;

  const current = (name: string) => {
    const alias = aliases.get(name);
    return alias && versions.get(name)?.[alias.version - 1];
  };
  const readyCount = (name: string) => (versions.get(name) ?? []).filter((id) => id !== undefined).length;

  function checkSource(source: unknown, index: number): void {
    if (encoded.has(index) && source !== 'worker') expect(source).toEqual(seenBefore);
    else expect(source, 'a picture of which only another tenant had the embedding').toBe('worker');
    if (source === 'worker') counts.encoded += 1;
    encoded.add(index);
  }

  function readClassification(answer: Answer) {
    const response = ClassificationResponse.parse(jsonOf(answer));
    expect(answer.headers.get('server-timing')).toContain(`classify;desc="${response.servedBy}"`);
    const [result] = response.results;
    if (result === undefined || 'error' in result) throw new Error('a good picture failed');
    return { response, result };
  }

  async function classify(name: string, index: number): Promise<void> {
    const answer = await ask(
      'POST',
      `/v1/classifications?projection=${name}`,
      pictures[index]?.bytes,
      'image/png',
    );
    const id = current(name);
    expect(answer.status).toBe(id === undefined ? 404 : 200);
    if (id === undefined) return;
    const { response, result } = readClassification(answer);
    expect(response.projection).toMatchObject({ id, name, version: aliases.get(name)?.version });
    expect(labels).toContain(result.label);
    if (!loaded.has(id)) expect(response.servedBy, 'never loaded for this tenant').toBe('storage');
    loaded.add(id);
    checkSource(result.embedding, index);
  }

  async function classifyByHash(index: number): Promise<void> {
    const inputs = [{ sha256: pictures[index]?.sha256 }];
    const answer = await ask('POST', '/v1/classifications', { labels: ['cat', 'dog'], inputs });
    const isThere = [...datasets.values()].some((dataset) => dataset.pictures.has(index));
    if (isThere) expect(answer.status).toBe(200);
    else if (!encoded.has(index) && !uploaded.has(index)) expect(answer.status).toBe(404);
    // The labels are embedded before the picture is looked for.
    plainAsked = true;
    if (answer.status === 200) checkSource(readClassification(answer).result.embedding, index);
  }

  async function classifyPlain(index: number): Promise<void> {
    const path = '/v1/classifications?labels=cat&labels=dog';
    const { response, result } = readClassification(
      await ask('POST', path, pictures[index]?.bytes, 'image/png'),
    );
    if (!plainAsked) expect(response.servedBy, 'prototypes never made for this tenant').toBe('worker');
    plainAsked = true;
    checkSource(result.embedding, index);
  }

  /** What the other tenant has put into a profile of the same name must not show in this one. */
  async function profile(name: string, index: number): Promise<void> {
    const known = profiles.get(name);
    const path = known === undefined ? `/v1/environments?name=${name}` : `/v1/environments/${name}/additions`;
    const answer = await ask('POST', path, pictures[index]?.bytes, png);
    expect(answer.status).toBe(known === undefined ? 201 : 200);
    if (!encoded.has(index)) counts.encoded += 1;
    encoded.add(index);
    const now = { pictures: (known?.pictures ?? 0) + 1, revision: (known?.revision ?? 0) + 1 };
    profiles.set(name, now);
    expect(EnvironmentChanged.parse(jsonOf(answer))).toMatchObject({ name, used: 1, ...now });
  }

  async function unprofile(name: string, index: number): Promise<void> {
    const known = profiles.get(name);
    const answer = await ask('POST', `/v1/environments/${name}/removals`, pictures[index]?.bytes, png);
    expect(answer.status).toBe(known === undefined ? 404 : known.pictures === 0 ? 409 : 200);
    if (known === undefined) return;
    if (!encoded.has(index)) counts.encoded += 1;
    encoded.add(index);
    if (answer.status !== 200) return;
    profiles.set(name, { pictures: known.pictures - 1, revision: known.revision + 1 });
  }

  async function forget(name: string): Promise<void> {
    const { status } = await ask('DELETE', `/v1/environments/${name}`);
    expect(status).toBe(profiles.delete(name) ? 204 : 404);
    const asked = `/v1/classifications?labels=cat&labels=dog&environment=${name}`;
    const gone = await ask('POST', asked, pictures[0]?.bytes, png);
    plainAsked = true;
    expect(gone.status, 'deleted, and asked where it was deleted').toBe(404);
  }

  async function look(): Promise<void> {
    const usage = UsageResponse.parse(jsonOf(await ask('GET', '/v1/usage')));
    // The request that asks is counted after its answer.
    expect(usage.totals).toMatchObject({ requests: counts.requests - 1, picturesEncoded: counts.encoded });
    const shown = itemsOf(await ask('GET', '/v1/datasets?limit=100'));
    expect(new Map(shown.map(({ name, pictures: n }) => [name, n]))).toEqual(
      new Map([...datasets].map(([name, dataset]) => [name, dataset.pictures.size])),
    );
    const projections = itemsOf(await ask('GET', '/v1/projections?limit=100')).map(({ id }) => id);
    expect(projections.toSorted()).toEqual([...versions.values()].flat().filter(Boolean).toSorted());
    const meant = itemsOf(await ask('GET', '/v1/aliases'));
    expect(new Map(meant.map(({ name, ...alias }) => [name, alias]))).toEqual(aliases);
    const jobIds = itemsOf(await ask('GET', '/v1/jobs?limit=100')).map(({ id }) => id);
    expect(jobIds.toSorted()).toEqual(jobs.toSorted());
    const environments = itemsOf(await ask('GET', '/v1/environments?limit=100'));
    expect(
      new Map(environments.map(({ name, pictures: n, revision }) => [name, { pictures: n, revision }])),
    ).toEqual(profiles);
    expect(itemsOf(await ask('GET', '/v1/keys'))).toHaveLength(1);
    for (const act of itemsOf(await ask('GET', '/v1/audit')))
      expect(act.subject).toMatch(/^(?:ten|key|prj)_/);
  }

  /** What the other tenant owns answers as what does not exist. */
  async function pry(): Promise<void> {
    for (const [prefix, path] of foreignPaths) {
      const id = material.othersIds().findLast((other) => other.startsWith(prefix));
      if (id === undefined) continue;
      const problemAt = async (wanted: string) => {
        const answer = await call('GET', path(wanted));
        const { requestId: _, ...problem } = jsonOf(answer) as Record<string, unknown>;
        return { answered: answer.status, problem };
      };
      const foreign = await problemAt(id);
      expect(foreign).toEqual(await problemAt(`${prefix}${'0'.repeat(24)}`));
      expect(foreign.answered).toBe(404);
    }
    const id = material.othersIds().findLast((other) => other.startsWith('prj_'));
    if (id === undefined) return;
    const body = pictures[0]?.bytes;
    const classified = await call('POST', `/v1/classifications?projection=${id}`, body, 'image/png');
    expect(classified.status).toBe(404);
    expect((await call('DELETE', `/v1/projections/${id}`)).status).toBe(404);
  }

  async function publish(name: string): Promise<void> {
    const answer = await ask('POST', `/v1/projections/artefacts?name=${name}`, artefact, icm);
    const { id, version } = Projection.parse(jsonOf(answer));
    const known = versions.get(name) ?? [];
    expect(version).toBe(known.length + 1);
    versions.set(name, [...known, id]);
    const alias = aliases.get(name);
    if (alias === undefined) aliases.set(name, { version, pinned: false });
    else if (!alias.pinned) alias.version = version;
  }

  async function point(name: string, to: number): Promise<void> {
    const exists = versions.get(name)?.[to - 1] !== undefined;
    expect((await ask('PUT', `/v1/aliases/${name}`, { version: to })).status).toBe(exists ? 200 : 404);
    if (exists) aliases.set(name, { version: to, pinned: true });
  }

  async function release(name: string): Promise<void> {
    const alias = aliases.get(name);
    expect((await ask('DELETE', `/v1/aliases/${name}`)).status).toBe(alias === undefined ? 404 : 200);
    const newest = 1 + (versions.get(name) ?? []).findLastIndex((id) => id !== undefined);
    if (alias !== undefined) aliases.set(name, { version: newest, pinned: false });
  }

  async function remove(name: string, which: number): Promise<void> {
    const known = versions.get(name) ?? [];
    const exists = known[which - 1] !== undefined;
    const isCurrent = aliases.get(name)?.version === which;
    const isNeeded = isCurrent && readyCount(name) > 1;
    const { status } = await ask('DELETE', `/v1/projections/${name}@${which}`);
    expect(status).toBe(!exists ? 404 : isNeeded ? 409 : 204);
    if (status !== 204) return;
    versions.set(name, known.with(which - 1, undefined));
    if (isCurrent) aliases.delete(name);
    const gone = await ask(
      'POST',
      `/v1/classifications?projection=${name}@${which}`,
      pictures[0]?.bytes,
      png,
    );
    expect(gone.status, 'deleted, and asked where it was deleted').toBe(404);
  }

  async function createDataset(name: string): Promise<void> {
    const answer = await ask('POST', '/v1/datasets', { name });
    expect(answer.status).toBe(datasets.has(name) ? 409 : 201);
    if (answer.status !== 201) return;
    datasets.set(name, { id: Dataset.parse(jsonOf(answer)).id, pictures: new Set() });
  }

  async function upload(name: string, index: number): Promise<void> {
    const dataset = datasets.get(name);
    const answer = await ask('POST', `/v1/datasets/${name}/items?class=c`, pictures[index]?.bytes, png);
    expect(answer.status).toBe(dataset === undefined ? 404 : dataset.pictures.has(index) ? 200 : 201);
    dataset?.pictures.add(index);
    if (dataset !== undefined) uploaded.add(index);
  }

  async function startImport(name: string): Promise<void> {
    const items = [{ url: 'http://127.0.0.1:9/none.png' }];
    const answer = await ask('POST', `/v1/datasets/${name}/imports`, { items });
    expect(answer.status).toBe(datasets.has(name) ? 202 : 404);
    if (answer.status === 202) jobs.push(Job.parse(jsonOf(answer)).id);
  }

  async function run(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case 'create':
        return createDataset(operation.name);
      case 'upload':
        return upload(operation.name, operation.picture);
      case 'drop': {
        const { status } = await ask('DELETE', `/v1/datasets/${operation.name}`);
        expect(status).toBe(datasets.delete(operation.name) ? 204 : 404);
        return;
      }
      case 'import':
        return startImport(operation.name);
      case 'publish':
        return publish(operation.name);
      case 'point':
        return point(operation.name, operation.version);
      case 'release':
        return release(operation.name);
      case 'delete':
        return remove(operation.name, operation.version);
      case 'download': {
        const answer = await ask('GET', `/v1/projections/${operation.name}/artefact`);
        expect(answer.status).toBe(current(operation.name) === undefined ? 404 : 200);
        if (answer.status === 200) expect(answer.body).toEqual(artefact);
        return;
      }
      case 'classify':
        return classify(operation.name, operation.picture);
      case 'profile':
        return profile(operation.name, operation.picture);
      case 'unprofile':
        return unprofile(operation.name, operation.picture);
      case 'forget':
        return forget(operation.name);
      case 'classify-hash':
        return classifyByHash(operation.picture);
      case 'classify-plain':
        return classifyPlain(operation.picture);
      case 'look':
        return look();
      case 'pry':
        return pry();
    }
  }

  return { run, ids };
}

const icm = 'application/vnd.clip-icm.icm';
const png = 'image/png';

const foreignPaths: readonly (readonly [string, (id: string) => string])[] = [
  ['ds_', (id) => `/v1/datasets/${id}`],
  ['ds_', (id) => `/v1/datasets/${id}/items`],
  ['prj_', (id) => `/v1/projections/${id}`],
  ['prj_', (id) => `/v1/projections/${id}/artefact`],
  ['prj_', (id) => `/v1/projections/${id}/selection`],
  ['job_', (id) => `/v1/jobs/${id}`],
  ['job_', (id) => `/v1/jobs/${id}/events`],
  ['key_', (id) => `/v1/keys/${id}`],
];
