// /v1/keys: the tenant's API keys. The secret of a key is in the answer of `create` and `rotate`, and nowhere else.

import type { z } from 'zod';
import type { Key, KeyCreate, KeyCreated, KeyRotate, KeyUpdate } from '#shared/contracts/tenant.ts';
import { change, create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';

export type Keys = Listing<Key> & {
  create(request: z.input<typeof KeyCreate>, options?: CreateOptions): Promise<KeyCreated>;
  get(key: string, call?: CallOptions): Promise<Key>;
  /** The key that asks, whatever it may do. */
  self(call?: CallOptions): Promise<Key>;
  update(key: string, request: z.input<typeof KeyUpdate>, call?: CallOptions): Promise<Key>;
  /** A new key with the same rights; the old one works on for the grace period. */
  rotate(key: string, request?: z.input<typeof KeyRotate>, options?: CreateOptions): Promise<KeyCreated>;
  /** Refused everywhere within 30 s. */
  revoke(key: string, call?: CallOptions): Promise<void>;
};

export function keys(transport: Transport): Keys {
  return {
    ...listing<Key>(transport, '/v1/keys'),
    create: (request, options) => create(transport, '/v1/keys', request, options),
    get: (key, call) => read(transport, path`/v1/keys/${key}`, call),
    self: (call) => read(transport, '/v1/keys/self', call),
    update: (key, request, call) => change(transport, 'PATCH', path`/v1/keys/${key}`, request, call),
    rotate: (key, request = {}, options) => create(transport, path`/v1/keys/${key}/rotate`, request, options),
    revoke: (key, call) => remove(transport, path`/v1/keys/${key}`, call),
  };
}
