// On whose behalf something is answered, by a request or by a job, and at whose cost.

import type { AppError } from '#shared/app-error.ts';
import type { UsageCounter } from '#shared/contracts/usage-counters.ts';
import type { CallContext } from '../clients/worker-call.ts';
import type { Charge } from '../limits/quota-types.ts';
import type { Timing } from '../timing.ts';

/** What every step of answering a request may need: whose it is, when it is, what may be done after it. */
export type Asking = {
  readonly tenantId: string;
  readonly nowMs: number;
  readonly later: (work: Promise<unknown>) => void;
  readonly context: CallContext;
  /** Runs what costs at the expense of the tenant's plan, or says why not. */
  readonly charge: Charge;
  readonly count: (counter: UsageCounter, amount: number) => void;
  /** Before work that takes the thread for so many ms; the refusal where the tenant has more waiting than it may. */
  readonly beforeWork: (ms: number) => Promise<AppError<'busy'> | undefined> | undefined;
  /** Hears what a caller waits for. */
  readonly timing?: Timing;
};
