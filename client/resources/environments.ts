// /v1/environments: profiles of the places that pictures come from, made of a few of their pictures, without labels.

import type { z } from 'zod';
import type {
  Environment,
  EnvironmentAddition,
  EnvironmentChanged,
  EnvironmentCreate,
  EnvironmentDetail,
  EnvironmentRemoval,
  FromDataset,
} from '#shared/contracts/environment.ts';
import type { Job } from '#shared/contracts/job.ts';
import type { Watch, WatchAdopted, WatchAdoption } from '#shared/contracts/watch.ts';
import { fixedForm, floatBody } from '../bodies.ts';
import type { PictureBytes } from '../picture.ts';
import { create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { Body, CallOptions, CreateOptions, QueryValue, Transport } from '../transport.ts';

/** 1 to 64 pictures, or embeddings `[n, d]`, row-major. */
export type EnvironmentSource = readonly PictureBytes[] | Float32Array<ArrayBuffer>;

export type NewEnvironment = Pick<z.input<typeof EnvironmentCreate>, 'name' | 'model'>;

type Inputs = { readonly inputs: NonNullable<z.input<typeof EnvironmentAddition>['inputs']> };

/** In every call but those that make one, `environment` is a profile's name; `get` also takes `projection:source`. */
export type Environments = Listing<Environment> & {
  /** From up to 64 inputs, each a picture (base64, address, or the SHA-256 of one seen before) or an embedding. */
  create(request: NewEnvironment & Inputs, options?: CreateOptions): Promise<EnvironmentChanged>;
  /** From up to 64 pictures or embeddings as they are; more go in by `addFrom`. */
  createFrom(
    request: NewEnvironment,
    source: EnvironmentSource,
    options?: CreateOptions,
  ): Promise<EnvironmentChanged>;
  /** From all pictures of one environment of a dataset; the job's end is the profile's beginning. */
  createFromDataset(request: NewEnvironment, from: FromDataset, options?: CreateOptions): Promise<Job>;
  /** With `projection`, also how the profile looks to it: skew, and distance from its sources. */
  get(
    environment: string,
    options?: CallOptions & { readonly projection?: string | undefined },
  ): Promise<EnvironmentDetail>;
  /** Every input counts, also one that is there already. */
  add(environment: string, request: Inputs, options?: CreateOptions): Promise<EnvironmentChanged>;
  addFrom(
    environment: string,
    source: EnvironmentSource,
    options?: CreateOptions,
  ): Promise<EnvironmentChanged>;
  addFromDataset(environment: string, from: FromDataset, options?: CreateOptions): Promise<Job>;
  /** Takes back what was added: the same pictures or embeddings, named or sent again. */
  remove(
    environment: string,
    request: z.input<typeof EnvironmentRemoval>,
    options?: CreateOptions,
  ): Promise<EnvironmentChanged>;
  /** How its pictures have been, day by day, beside the profile; with `projection` only what that answered. */
  watch(
    environment: string,
    options?: CallOptions & { readonly days?: number | undefined; readonly projection?: string | undefined },
  ): Promise<Watch>;
  /** Makes the profile of what was watched; by default of the present drift's days, or of the last week. */
  adopt(
    environment: string,
    request?: z.input<typeof WatchAdoption>,
    options?: CreateOptions,
  ): Promise<WatchAdopted>;
  delete(environment: string, call?: CallOptions): Promise<void>;
};

const collection = '/v1/environments';

export function environments(transport: Transport): Environments {
  const additions = (environment: string) => path`/v1/environments/${environment}/additions`;
  const jobOf = async (accepted: Promise<{ job: Job }>) => (await accepted).job;
  return {
    ...listing<Environment>(transport, collection),
    create: (request, options) => create(transport, collection, request, options),
    createFrom: (request, source, options) => send(transport, collection, source, request, options),
    createFromDataset: (request, from, options) =>
      jobOf(create(transport, collection, { ...request, from }, options)),
    get: (environment, { projection, ...call } = {}) =>
      read(transport, path`/v1/environments/${environment}`, call, { projection }),
    add: (environment, request, options) => create(transport, additions(environment), request, options),
    addFrom: (environment, source, options) => send(transport, additions(environment), source, {}, options),
    addFromDataset: (environment, from, options) =>
      jobOf(create(transport, additions(environment), { from }, options)),
    remove: (environment, request, options) =>
      create(transport, path`/v1/environments/${environment}/removals`, request, options),
    watch: (environment, { days, projection, ...call } = {}) =>
      read(transport, path`/v1/environments/${environment}/watch`, call, { days, projection }),
    adopt: (environment, request = {}, options) =>
      create(transport, path`/v1/environments/${environment}/adopt`, request, options),
    delete: (environment, call) => remove(transport, path`/v1/environments/${environment}`, call),
  };
}

/** Every addition counts, so each has a key by which repeating it changes nothing. */
async function send(
  transport: Transport,
  to: string,
  source: EnvironmentSource,
  query: Readonly<Record<string, QueryValue>>,
  { idempotencyKey = crypto.randomUUID(), ...call }: CreateOptions = {},
): Promise<EnvironmentChanged> {
  const body: Body = source instanceof Float32Array ? floatBody(source) : await fixedForm(source);
  return transport.json<EnvironmentChanged>({
    ...call,
    method: 'POST',
    path: to,
    query,
    headers: { 'idempotency-key': idempotencyKey },
    body,
    repeatable: true,
  });
}
