// Under what a job's calls to the workers go out: after every caller who waits, named after the job, in the trace that it was
// asked for in.

import type { CallContext } from '../clients/worker-call.ts';
import type { Run } from '../stores/job-store.ts';

export function jobCall({ jobId, traceparent }: Run, signal?: AbortSignal): CallContext {
  return {
    lane: 'bulk',
    requestId: jobId,
    ...(signal === undefined ? {} : { signal }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
