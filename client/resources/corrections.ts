// /v1/corrections: what was right under a projection's answers, for its next fit.

import type { z } from 'zod';
import type { Correction, CorrectionRequest, CorrectionsMade } from '#shared/contracts/correction.ts';
import { create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';

export type Corrections = Listing<Correction> & {
  /** The right label of pictures that were answered, or the answered one to confirm it. Up to 64 at once. */
  add(request: z.input<typeof CorrectionRequest>, options?: CreateOptions): Promise<CorrectionsMade>;
  /** Of one projection's name. */
  of(projection: string): Listing<Correction>;
  get(correction: string, call?: CallOptions): Promise<Correction>;
  /** Versions that took it in stay as they are. */
  delete(correction: string, call?: CallOptions): Promise<void>;
};

export function corrections(transport: Transport): Corrections {
  return {
    ...listing<Correction>(transport, '/v1/corrections'),
    add: (request, options) => create(transport, '/v1/corrections', request, options),
    of: (projection) => listing<Correction>(transport, '/v1/corrections', { projection }),
    get: (correction, call) => read(transport, path`/v1/corrections/${correction}`, call),
    delete: (correction, call) => remove(transport, path`/v1/corrections/${correction}`, call),
  };
}
