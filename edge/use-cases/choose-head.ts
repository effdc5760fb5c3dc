// What a classification is answered by: a projection's head as fitted, the same projection with other labels, or plain
// CLIP with ad-hoc labels; with the profile of an environment or without. Finds it in the caches; classifies nothing.

import type { AppError } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import { appliedNow } from './apply-profile.ts';
import type { Asking } from './asking.ts';
import type { ChosenHead, HeadFailure, HeadSources } from './chosen-head.ts';
import { findEnvironmentNow } from './find-environment.ts';
import { checkHeadOptions, type HeadOptions } from './head-options.ts';
import { choosePlainClip } from './plain-head.ts';
import { asFitted, headOf, profileFor, withOtherLabels } from './projection-head.ts';

/** The common case, a projection as it was fitted and in memory, without waiting for anything. */
export function chooseHeadNow(
  options: HeadOptions,
  asking: Asking,
  sources: HeadSources,
): Result<ChosenHead, AppError<'invalid-request'>> | undefined {
  const { projection: selector, environment: name, strength = 1 } = options;
  if (selector === undefined || options.labels !== undefined || options.templates !== undefined) {
    return undefined;
  }
  const found = sources.projections.peek(asking.tenantId, selector, asking.nowMs);
  if (found === undefined) return undefined;
  if (name === undefined) return asFitted(options, found, undefined);
  const environment = findEnvironmentNow(name, asking, sources);
  const head = headOf(found.projection, options.head);
  if (environment === undefined || head === undefined) return undefined;
  if (head.profiled?.centred !== true) return undefined;
  const meeting = { projection: found.projection, head, environment, strength };
  const applied = appliedNow(meeting, sources.profileMemory, asking.nowMs);
  return applied && asFitted(options, found, { environment, applied });
}

export async function chooseHead(
  options: HeadOptions,
  asking: Asking,
  sources: HeadSources,
): Promise<Result<ChosenHead, AppError<HeadFailure>>> {
  const fits = checkHeadOptions(options);
  if (!fits.ok) return fits;
  if (options.projection === undefined) return choosePlainClip(options, asking, sources);
  const { tenantId, later, nowMs } = asking;
  const found = await sources.projections.get(tenantId, options.projection, later, nowMs);
  if (!found.ok) return found;
  const withOthers = options.labels !== undefined || options.templates !== undefined;
  const head = headOf(found.value.projection, withOthers ? 'zero-shot' : options.head);
  const profile = await profileFor(options, found.value.projection, head, asking, sources);
  if (!profile.ok) return profile;
  return withOthers
    ? withOtherLabels(options, found.value.projection, profile.value, asking, sources)
    : asFitted(options, found.value, profile.value);
}
