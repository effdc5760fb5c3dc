// Entry of a picture thread: decoding, interventions and preprocessing away from the event loop.

import type { AppError } from '#shared/app-error.ts';
import type { PictureFailureCode } from '#shared/contracts/artefact.ts';
import type { Result } from '#shared/result.ts';
import { letGo } from '../threads/let-go.ts';
import { serveThread } from '../threads/serve-thread.ts';
import { type Deferred, type PreparedViews, prepareViews, type ViewPlan } from './prepare-views.ts';

export type PictureRequest = { readonly bytes: Uint8Array; readonly plan: ViewPlan };
export type PictureAnswer = Result<PreparedViews, AppError<PictureFailureCode>> | Deferred;

serveThread<PictureRequest, PictureAnswer>(async ({ bytes, plan }) => {
  const answer = await prepareViews(bytes, plan);
  letGo(bytes.buffer);
  return { answer, transfer: 'ok' in answer && answer.ok ? [answer.value.pixels.buffer] : [] };
});
