// One picture with what each side says of it, as it is and after an intervention.

import { useLayoutEffect, useState } from 'preact/hooks';
import { formatLabel } from '#shared/figures/format.ts';
import { strings } from '../strings.ts';
import { AnswerPanel } from './answer-panel.tsx';
import { describeLead } from './arrivals.ts';
import type { Side } from './ask.ts';
import type { Bench } from './bench.ts';
import { isEcho } from './echo.ts';
import type { Judged } from './judge-answer.tsx';
import type { Lead } from './lead.ts';
import type { LoadedPicture, Variant } from './picture.ts';
import type { ShownSide } from './shown-sides.ts';
import { useThumbnails } from './use-thumbnails.ts';
import { VariantStrip } from './variant-strip.tsx';
import { judge } from './verdict.ts';

type PictureCardProps = {
  picture: LoadedPicture;
  bench: Bench;
  sides: readonly ShownSide[];
  /** Those asked about. */
  labels: readonly string[];
  /** The projection whose answers can be said right or wrong. */
  judged: Judged | undefined;
};

export function PictureCard({ picture, bench, sides, labels, judged }: PictureCardProps) {
  const lead = bench.lead?.picture === picture.id ? bench.lead : undefined;
  const [shown, setShown] = useState<Variant>(lead?.variant ?? 'original');
  // What is asked anew is asked of the pictures as they are. Before the frame is drawn: later it would undo a choice.
  useLayoutEffect(() => setShown(lead?.variant ?? 'original'), [lead, bench.round]);
  const thumbnails = useThumbnails(picture);
  const answerOf = (side: Side) => bench.answerOf(picture.id, shown, side);
  const verdictOf = (side: Side) =>
    shown === 'original' ? undefined : judge(bench.answerOf(picture.id, 'original', side), answerOf(side));
  const isReadable = bench.answerOf(picture.id, 'original', 'clip')?.state === 'answered';
  return (
    <li class={`card picture-card${sides.length > 2 ? ' picture-card-wide' : ''}`}>
      {lead !== undefined && <LeadLine lead={lead} sides={sides} />}
      <div class="picture-card-head">
        <Shown source={thumbnails.get(shown) ?? picture.url} name={picture.name} />
        <div class="picture-about">
          <h3>{picture.name}</h3>
          {shown !== 'original' && <p>{strings.interventions[shown].name}</p>}
          {picture.trueLabel !== undefined && !labels.includes(picture.trueLabel) && (
            <p class="hint">{strings.try.notAsked(formatLabel(picture.trueLabel))}</p>
          )}
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
        {sides.map(({ side, name }, index) => (
          <AnswerPanel
            key={side}
            title={name}
            picture={picture.name}
            answer={answerOf(side)}
            isEcho={isEcho(
              answerOf(side),
              sides.slice(0, index).map((other) => answerOf(other.side)),
            )}
            trueLabel={picture.trueLabel}
            verdict={verdictOf(side)}
            judged={side === 'clip' || shown !== 'original' ? undefined : judged}
            sha256={picture.sha256}
            onRetry={() => void bench.retry(picture, shown)}
          />
        ))}
      </div>
      {isReadable && (
        <VariantStrip
          picture={picture}
          bench={bench}
          thumbnails={thumbnails}
          shown={shown}
          sides={sides}
          onShow={setShown}
        />
      )}
    </li>
  );
}

/** What the browser cannot draw is an empty frame, without its sign for something broken. */
function Shown({ source, name }: { source: string; name: string }) {
  const [broken, setBroken] = useState<string>();
  return broken === source ? (
    <div class="picture picture-none" role="img" aria-label={name} />
  ) : (
    <img class="picture" src={source} alt={name} onError={() => setBroken(source)} />
  );
}

/** Why this picture stands first. */
function LeadLine({ lead, sides }: { lead: Lead; sides: readonly ShownSide[] }) {
  return <p class="lead-line">{describeLead(lead, sides)}</p>;
}
