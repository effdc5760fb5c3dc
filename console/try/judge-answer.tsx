// Right or wrong, under an answer of a projection: kept as a correction for its next refit. The picture is named by its hash, which
// the service has just encoded.

import { useRef, useState } from 'preact/hooks';
import { formatLabel } from '#shared/figures/format.ts';
import { explainError } from '../parts/explain-error.ts';
import { OfRow } from '../parts/of-row.tsx';
import { useTell } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import type { Kept } from './use-kept.ts';

export type Judged = {
  readonly projection: string;
  readonly labels: readonly string[];
  /** Where the picture comes from. */
  readonly environment: string;
  readonly kept: Kept;
};

type JudgeAnswerProps = {
  judged: Judged;
  /** Which answer of which picture. */
  about: string;
  sha256: string;
  answered: string;
  trueLabel: string | undefined;
};

export function JudgeAnswer({ judged, about, sha256, answered, trueLabel }: JudgeAnswerProps) {
  const { client } = useSession();
  const text = strings.try.judge;
  const tell = useTell();
  const [isWrong, setWrong] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const say = useAction(async (label: string) => {
    const { projection, environment } = judged;
    const correction = { input: { sha256 }, label, environment, answered };
    await client.corrections.add({ projection, corrections: [correction] });
    judged.kept.keep(sha256, label);
    tell(text.kept(formatLabel(label), label === answered));
    setWrong(false);
    setChanging(false);
  });
  const said = judged.kept.labelOf(sha256);
  if (said !== undefined && !isChanging) {
    return (
      <p class="hint judge">
        {text.kept(formatLabel(said), said === answered)}
        <button type="button" class="button small quiet" onClick={() => setChanging(true)}>
          {text.change}
          <OfRow what={about} />
        </button>
      </p>
    );
  }
  return (
    <div class="judge">
      <button
        type="button"
        class="button small quiet"
        disabled={say.isRunning}
        onClick={() => void say.run(answered)}
      >
        {text.right}
        <OfRow what={about} />
      </button>
      <button
        type="button"
        class="button small quiet"
        aria-expanded={isWrong}
        disabled={say.isRunning}
        onClick={() => setWrong(!isWrong)}
      >
        {text.wrong}
        <OfRow what={about} />
      </button>
      {isWrong && (
        <RightLabel
          about={about}
          labels={likeliestFirst(judged.labels, trueLabel).filter((label) => label !== answered)}
          isBusy={say.isRunning}
          onSay={(label) => void say.run(label)}
        />
      )}
      {say.error !== undefined && (
        <p class="answer-problem" role="alert">
          {explainError(say.error).title}
        </p>
      )}
    </div>
  );
}

type RightLabelProps = {
  about: string;
  labels: readonly string[];
  isBusy: boolean;
  onSay: (label: string) => void;
};

/** What is pointed at is meant. By keyboard each label on the way is chosen too, so there it takes a button to say which. */
function RightLabel({ about, labels, isBusy, onSay }: RightLabelProps) {
  const text = strings.try.judge;
  const [chosen, setChosen] = useState('');
  const isByKey = useRef(false);
  return (
    <>
      <select
        aria-label={text.rightLabelOf(about)}
        value={chosen}
        onKeyDown={() => {
          isByKey.current = true;
        }}
        onPointerDown={() => {
          isByKey.current = false;
        }}
        onChange={({ currentTarget: { value } }) => {
          if (isByKey.current) setChosen(value);
          else onSay(value);
        }}
      >
        <option value="" disabled>
          {text.rightLabel}
        </option>
        {labels.map((label) => (
          <option key={label} value={label}>
            {formatLabel(label)}
          </option>
        ))}
      </select>
      {chosen !== '' && (
        <button type="button" class="button small" disabled={isBusy} onClick={() => onSay(chosen)}>
          {text.keep}
          <OfRow what={about} />
        </button>
      )}
    </>
  );
}

function likeliestFirst(labels: readonly string[], trueLabel: string | undefined): readonly string[] {
  if (trueLabel === undefined || !labels.includes(trueLabel)) return labels;
  return [trueLabel, ...labels.filter((label) => label !== trueLabel)];
}
