// One picture with what plain CLIP and the projection say of it, as it is and after an intervention.

import { useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import { AnswerPanel } from './answer-panel.tsx';
import type { Bench } from './bench.ts';
import type { LoadedPicture, Variant } from './picture.ts';
import { useThumbnails } from './use-thumbnails.ts';
import { VariantStrip } from './variant-strip.tsx';
import { judge } from './verdict.ts';

type PictureCardProps = {
  picture: LoadedPicture;
  bench: Bench;
  /** How the projection is called; absent where there is none. */
  projectionName: string | undefined;
};

export function PictureCard({ picture, bench, projectionName }: PictureCardProps) {
  const [shown, setShown] = useState<Variant>('original');
  const thumbnails = useThumbnails(picture);
  const answerOf = (side: 'clip' | 'projection') => bench.answerOf(picture.id, shown, side);
  const verdictOf = (side: 'clip' | 'projection') =>
    shown === 'original' ? undefined : judge(bench.answerOf(picture.id, 'original', side), answerOf(side));
  const isReadable = bench.answerOf(picture.id, 'original', 'clip')?.state === 'answered';
  return (
    <li class="card picture-card">
      <div class="picture-card-head">
        <img class="picture" src={thumbnails.get(shown) ?? picture.url} alt={picture.name} />
        <div class="picture-about">
          <h3>{picture.name}</h3>
          {shown !== 'original' && <p>{strings.interventions[shown].name}</p>}
        </div>
        <button
          type="button"
          class="button quiet small"
          aria-label={strings.try.removePicture(picture.name)}
          onClick={() => bench.remove(picture.id)}
        >
          ✕
        </button>
      </div>
      <div class="answers">
        <AnswerPanel
          title={strings.try.sides.clip}
          answer={answerOf('clip')}
          trueLabel={picture.trueLabel}
          verdict={verdictOf('clip')}
        />
        {projectionName !== undefined && (
          <AnswerPanel
            title={projectionName}
            answer={answerOf('projection')}
            trueLabel={picture.trueLabel}
            verdict={verdictOf('projection')}
          />
        )}
      </div>
      {isReadable && (
        <VariantStrip
          picture={picture}
          bench={bench}
          thumbnails={thumbnails}
          shown={shown}
          projectionName={projectionName}
          onShow={setShown}
        />
      )}
    </li>
  );
}
