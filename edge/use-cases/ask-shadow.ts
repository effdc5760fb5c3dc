// Asks the candidate of a name beside its current version, behind the answer: nobody waits for it, and nothing that goes wrong
// with it is seen. Only names are asked so; whoever names a version, or labels of their own, wants just that.

import type { ClassificationResult } from '#shared/contracts/classification.ts';
import { giveWay } from '../clients/breathe.ts';
import type { Turns } from '../clients/turns.ts';
import type { ShadowRecorder } from '../limits/shadow-recorder.ts';
import { answeringMs } from '../limits/thread-work.ts';
import { answerEmbedded } from './answer-embedded.ts';
import { chooseHead } from './choose-head.ts';
import type { AskShadow } from './classify.ts';

/** Of one request. */
const maxInputs = 64;
/** Requests of a tenant whose candidates an isolate asks at once; beyond that they are passed over. */
const line = { atOnce: 2, maxWaiting: 0, waitMs: 0 } as const;

export function createAskShadow(
  recorder: Pick<ShadowRecorder, 'count' | 'scheduleFlush'>,
  turns: Turns,
): AskShadow {
  return (options, { head, embedded, results }, asking, sources) => {
    const { projection: name, labels, templates } = options;
    if (name === undefined || head.projection?.name !== name) return;
    if (labels !== undefined || templates !== undefined) return;
    const shadow = sources.projections.shadowOf(asking.tenantId, name);
    const { version } = head.projection;
    if (shadow === undefined || shadow === version) return;
    const leave = turns.enter(`shadows ${asking.tenantId}`, line);
    // Nobody waits in this line, so it is said at once.
    if (typeof leave !== 'function') return;
    const compare = async () => {
      await giveWay();
      const chosen = await chooseHead({ ...options, projection: `${name}@${shadow}` }, asking, sources);
      if (!chosen.ok || chosen.value.model.revision !== head.model.revision) return;
      const few = embedded.slice(0, maxInputs);
      const busy = await asking.beforeWork(answeringMs(chosen.value.compiled, few.length, options.topK));
      if (busy !== undefined) return;
      const others = await answerEmbedded(chosen.value, few, options);
      const shadowing = { tenantId: asking.tenantId, name, version, shadow };
      for (const [index, other] of others.entries()) {
        const [label, shadowLabel] = [labelOf(results[index]), labelOf(other)];
        if (label !== undefined && shadowLabel !== undefined) recorder.count(shadowing, label, shadowLabel);
      }
    };
    const done = compare()
      .catch(() => undefined)
      .finally(leave);
    asking.later(done.then(() => recorder.scheduleFlush(asking.later)));
  };
}

/** `''` where the answer was withheld. */
function labelOf(result: ClassificationResult | undefined): string | undefined {
  if (result === undefined || 'error' in result) return undefined;
  return result.abstained ? '' : result.label;
}
