// The services that jobs and housekeeping work with: the isolate's own, whose stores let everybody else go first before each call.
// Where storage answers at once, on this very thread, one call follows on the other and no socket is looked at in between: four
// batches had an embedding of another tenant wait for 370 ms (docs/decisions/work-on-one-thread.md).

import type { Env } from '../env.ts';
import { type Services, servicesOf } from '../services.ts';
import { lettingOthersFirst } from './let-others-first.ts';

const made = new WeakMap<Services, Services>();

export function jobServicesOf(env: Env): Services {
  const services = servicesOf(env);
  const known = made.get(services);
  if (known !== undefined) return known;
  const polite: Services = {
    ...services,
    objects: lettingOthersFirst(services.objects, [
      'put',
      'putStream',
      'get',
      'getText',
      'open',
      'size',
      'remove',
      'removePrefix',
      'removeSome',
    ]),
    runs: lettingOthersFirst(services.runs, ['beat', 'setStage', 'setTotal', 'finishShard', 'shardProgress']),
    batches: lettingOthersFirst(services.batches, ['setItems', 'countObject', 'remove']),
    slices: lettingOthersFirst(services.slices, ['namesIn', 'inHashOrder']),
    embeddings: lettingOthersFirst(services.embeddings, ['some']),
  };
  made.set(services, polite);
  return polite;
}
