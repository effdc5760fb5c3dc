// Text interventions as pairs of captions that say the same thing of pictures in different styles.

import { type AppError, appError } from '#shared/app-error.ts';
import type { TextIntervention } from '#shared/contracts/intervention.ts';
import { fillTemplate } from '#shared/pictures/prompts.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { orderedWindow } from '../clip/ordered-window.ts';
import type { CaptionWriter } from './caption-writer.ts';

export type CaptionPair = readonly [before: string, after: string];

/** Questions to the chat endpoint under way at once. */
const chatWindow = 4;

/** Fails where there is no chat endpoint, or it does not answer as it should. */
export async function captionPairs(
  interventions: readonly TextIntervention[],
  labels: readonly string[],
  writer: CaptionWriter | undefined,
  signal: AbortSignal | undefined,
): Promise<Result<CaptionPair[], AppError<'invalid-request' | 'worker-unavailable'>>> {
  const pairs: CaptionPair[] = [];
  for (const intervention of interventions) {
    switch (intervention.name) {
      case 'caption-pairs':
        pairs.push(...intervention.pairs);
        break;
      case 'style-templates':
        pairs.push(...stylePairs(intervention, labels));
        break;
      case 'chat': {
        const written = await chatPairs(intervention, labels, writer, signal);
        if (!written.ok) return written;
        pairs.push(...written.value);
        break;
      }
    }
  }
  return ok(pairs);
}

function stylePairs(
  { neutral, styles }: Extract<TextIntervention, { name: 'style-templates' }>,
  labels: readonly string[],
): CaptionPair[] {
  return labels.flatMap((label) =>
    styles.map((style): CaptionPair => [fillTemplate(neutral, label), fillTemplate(style, label)]),
  );
}

async function chatPairs(
  { neutral, style, variants }: Extract<TextIntervention, { name: 'chat' }>,
  labels: readonly string[],
  writer: CaptionWriter | undefined,
  signal: AbortSignal | undefined,
): Promise<Result<CaptionPair[], AppError<'invalid-request' | 'worker-unavailable'>>> {
  if (writer === undefined) {
    return err(appError('invalid-request', 'This worker has no chat endpoint for text interventions.'));
  }
  const captions = labels.map((label) => fillTemplate(neutral, label));
  const answers = orderedWindow(captions, chatWindow, async (caption) => ({
    caption,
    written: await writer({ caption, style, variants }, signal),
  }));
  const pairs: CaptionPair[] = [];
  for await (const { caption, written } of answers) {
    if (!written.ok) return written;
    pairs.push(...written.value.map((variant): CaptionPair => [caption, variant]));
  }
  return ok(pairs);
}
