// Says what answers where that is the model embedded for a first look, lest its answers be taken for those of a real CLIP.

import { CopyButton } from '../parts/copy-button.tsx';
import { strings } from '../strings.ts';
import type { Bench } from './bench.ts';
import { useFolded } from './use-folded.ts';

/** The model that comes with the service. */
export const embeddedModel = 'nano-clip';

export function ModelNote({ bench }: { bench: Bench }) {
  const isEmbedded = bench.pictures.some(({ id }) => {
    const answer = bench.answerOf(id, 'original', 'clip');
    return answer?.state === 'answered' && answer.model === embeddedModel;
  });
  const isFolded = useFolded();
  if (!isEmbedded) return null;
  const { short, lead, command } = strings.try.model;
  const note = (
    <div class="model-note">
      <p class="hint">{lead(embeddedModel)}</p>
      <p class="copy-line">
        <code>{command}</code> <CopyButton text={command} />
      </p>
    </div>
  );
  if (!isFolded) return note;
  return (
    <details class="more">
      <summary>{short(embeddedModel)}</summary>
      {note}
    </details>
  );
}
