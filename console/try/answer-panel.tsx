// What one side says of one picture: the likeliest labels as bars, which tier answered, and how fast.

import { formatLabel, formatMilliseconds } from '#shared/figures/format.ts';
import { renderPredictionBars } from '#shared/figures/prediction-bars.ts';
import { adviceFor, explainError } from '../parts/explain-error.ts';
import { Figure } from '../parts/figure.tsx';
import { OfRow } from '../parts/of-row.tsx';
import { plainWords } from '../parts/plain-words.ts';
import { strings } from '../strings.ts';
import { notesOf } from './answer-notes.ts';
import type { Answer } from './ask.ts';
import { JudgeAnswer, type Judged } from './judge-answer.tsx';
import type { Verdict } from './verdict.ts';
import { Waiting } from './waiting.tsx';

const longMs = 10_000;

type AnswerPanelProps = {
  title: string;
  /** The name of the picture. */
  picture: string;
  answer: Answer | undefined;
  /** What stands in its place is told already, beside another. */
  isEcho: boolean;
  trueLabel: string | undefined;
  verdict?: Verdict | undefined;
  /** Whose answer it is, where it can be said right or wrong; and the picture. */
  judged?: Judged | undefined;
  sha256?: string | undefined;
  /** Asks again, where no answer came. */
  onRetry: () => void;
};

export function AnswerPanel(props: AnswerPanelProps) {
  const { title, picture, answer, isEcho, trueLabel, verdict, judged, sha256, onRetry } = props;
  const about = strings.try.answerOf(picture, title);
  return (
    <section class="answer" aria-label={title} aria-busy={answer?.state === 'waiting'}>
      <header class="answer-head">
        <h4 title={title}>{title}</h4>
        {verdict !== undefined && (
          <span class={`badge badge-${verdict}`}>{strings.try.verdicts[verdict]}</span>
        )}
      </header>
      <AnswerBody answer={answer} isEcho={isEcho} about={about} trueLabel={trueLabel} onRetry={onRetry} />
      {answer?.state === 'answered' && judged !== undefined && sha256 !== undefined && (
        <JudgeAnswer
          key={`${sha256} ${judged.projection} ${answer.label}`}
          judged={judged}
          about={about}
          sha256={sha256}
          answered={answer.label}
          trueLabel={trueLabel}
        />
      )}
    </section>
  );
}

type AnswerBodyProps = Pick<AnswerPanelProps, 'answer' | 'isEcho' | 'trueLabel' | 'onRetry'> & {
  about: string;
};

function AnswerBody({ answer, isEcho, about, trueLabel, onRetry }: AnswerBodyProps) {
  if (answer === undefined) return null;
  switch (answer.state) {
    case 'waiting':
      return <Waiting waitsFor={answer.for} />;
    case 'refused':
      return (
        <AnswerProblem
          title={adviceFor(answer.code)?.title ?? strings.try.refused}
          detail={plainWords(answer.detail)}
          isEcho={isEcho}
        />
      );
    case 'failed': {
      const { title, detail } = explainFailure(answer);
      return (
        <>
          <AnswerProblem title={title} detail={detail} isEcho={isEcho} />
          <button type="button" class="button small" onClick={onRetry}>
            {strings.common.retry}
            <OfRow what={about} />
          </button>
        </>
      );
    }
    case 'answered':
      return (
        <>
          <p class="answer-label">{formatLabel(answer.label)}</p>
          <Figure markup={renderPredictionBars(answer.predictions, trueLabel)} />
          <AnswerOrigin answer={answer} />
          {notesOf(answer).map((note) => (
            <p key={note} class="hint">
              {note}
            </p>
          ))}
        </>
      );
  }
}

/** What was waited for long is said to be given up. */
function explainFailure({ error, waitedMs = 0 }: Extract<Answer, { state: 'failed' }>) {
  const { title, detail } = explainError(error);
  const isLong = waitedMs >= longMs;
  return { title, detail: isLong ? `${strings.try.givenUp(Math.round(waitedMs / 1000))} ${detail}` : detail };
}

type AnswerProblemProps = { title: string; detail: string; isEcho: boolean };

function AnswerProblem({ title, detail, isEcho }: AnswerProblemProps) {
  return (
    <p class="answer-problem" role={isEcho ? undefined : 'alert'}>
      <strong>{title}.</strong> {detail}
    </p>
  );
}

function AnswerOrigin({ answer }: { answer: Extract<Answer, { state: 'answered' }> }) {
  const { embedding, servedBy, roundTripMs, serverMs } = answer;
  return (
    <dl class="answer-origin">
      <div title={strings.try.embeddingFrom}>
        <dt>{strings.try.embedding}</dt>
        <dd class={`tier tier-${embedding}`}>{strings.try.tiers[embedding]}</dd>
      </div>
      <div title={strings.try.roundTripOf}>
        <dt class="sr-only">{strings.try.roundTrip}</dt>
        <dd>{formatWait(roundTripMs)}</dd>
      </div>
      <div title={strings.try.prototypesFrom}>
        <dt>{strings.try.prototypes}</dt>
        <dd>{strings.try.tiers[servedBy]}</dd>
      </div>
      {serverMs !== undefined && (
        <div title={strings.try.serverTime}>
          <dt>{strings.try.inService}</dt>
          <dd>{formatWait(serverMs)}</dd>
        </div>
      )}
    </dl>
  );
}

/** In whole milliseconds: finer is not measured, since clocks stand still between waits. */
function formatWait(ms: number): string {
  if (ms < 1) return strings.try.underOneMs;
  return ms < 10 ? `${Math.round(ms)} ms` : formatMilliseconds(ms);
}
