// Entry of a picture thread: decoding, interventions and preprocessing away from the event loop.

import type { AppError } from '#shared/app-error.ts';
import type { PictureFailureCode } from '#shared/contracts/artefact.ts';
import { letGo } from '#shared/let-go.ts';
import type { Result } from '#shared/result.ts';
import { serveThread } from '../threads/serve-thread.ts';
import { type Deferred, type PreparedViews, prepareViews, type ViewPlan } from './prepare-views.ts';

export type PictureRequest = {
  readonly bytes: Uint8Array;
  readonly plan: ViewPlan;
  /** Whether whoever asked has them no more, and wants them back where the picture is not begun. */
  readonly ownsBytes: boolean;
};
export type PictureAnswer =
  | Result<PreparedViews, AppError<PictureFailureCode>>
  | (Deferred & { readonly bytes?: Uint8Array });

serveThread<PictureRequest, PictureAnswer>(async ({ bytes, plan, ownsBytes }) => {
  const answer = await prepareViews(bytes, plan);
  if (!('ok' in answer) && ownsBytes)
    return { answer: { ...answer, bytes }, transfer: [bytes.buffer as ArrayBuffer] };
  letGo(bytes.buffer);
  return { answer, transfer: 'ok' in answer && answer.ok ? [answer.value.pixels.buffer] : [] };
});
