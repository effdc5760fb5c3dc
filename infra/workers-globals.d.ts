// The globals of the Workers runtime that the edge uses, for the project that checks Node's code: its tests and scripts
// import the route table, and with it all of the edge. The edge itself is checked with the runtime's own types.

/// <reference path="../edge/wasm-modules.d.ts" />

import type * as workers from '@cloudflare/workers-types';

declare global {
  const FixedLengthStream: {
    new (
      expectedLength: number | bigint,
    ): {
      readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
      readonly writable: WritableStream<Uint8Array>;
    };
  };
  interface Crypto {
    readonly DigestStream: {
      new (algorithm: string): WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> };
    };
  }
  interface CacheStorage {
    readonly default: workers.Cache;
  }
}
