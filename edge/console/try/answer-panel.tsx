// What one side says of one picture: the likeliest labels as bars, which tier answered, and how fast.

import { formatLabel, formatMilliseconds } from '#shared/figures/format.ts';
import { renderPredictionBars } from '#shared/figures/prediction-bars.ts';
import { adviceFor, explainError } from '../parts/explain-error.ts';
import { Figure } from '../parts/figure.tsx';
import { strings } from '../strings.ts';
import type { Answer } from './ask.ts';
import type { Verdict } from './verdict.ts';

type AnswerPanelProps = {
  title: string;
  answer: Answer | undefined;
  trueLabel: string | undefined;
  verdict?: Verdict | undefined;
};

export function AnswerPanel({ title, answer, trueLabel, verdict }: AnswerPanelProps) {
  return (
    <section class="answer" aria-label={title} aria-busy={answer?.state === 'waiting'}>
      <header class="answer-head">
        <h4>{title}</h4>
        {verdict !== undefined && (
          <span class={`badge badge-${verdict}`}>{strings.try.verdicts[verdict]}</span>
        )}
      </header>
      <AnswerBody answer={answer} trueLabel={trueLabel} />
    </section>
  );
}

function AnswerBody({ answer, trueLabel }: { answer: Answer | undefined; trueLabel: string | undefined }) {
  if (answer === undefined) return null;
  switch (answer.state) {
    case 'waiting':
      return <div class="answer-waiting" />;
    case 'refused':
      return (
        <AnswerProblem title={adviceFor(answer.code)?.title ?? strings.try.refused} detail={answer.detail} />
      );
    case 'failed': {
      const { title, detail } = explainError(answer.error);
      return <AnswerProblem title={title} detail={detail} />;
    }
    case 'answered':
      return (
        <>
          <p class="answer-label">{formatLabel(answer.label)}</p>
          <Figure markup={renderPredictionBars(answer.predictions, trueLabel)} />
          <AnswerOrigin answer={answer} />
        </>
      );
  }
}

function AnswerProblem({ title, detail }: { title: string; detail: string }) {
  return (
    <p class="answer-problem" role="alert">
      <strong>{title}</strong> {detail}
    </p>
  );
}

function AnswerOrigin({ answer }: { answer: Extract<Answer, { state: 'answered' }> }) {
  const { embedding, servedBy, roundTripMs, serverMs } = answer;
  return (
    <p class="answer-origin">
      <span class={`tier tier-${embedding}`} title={strings.try.embeddingFrom}>
        {strings.try.tiers[embedding]}
      </span>
      <span title={strings.try.prototypesFrom}>{strings.try.weightsFrom(strings.try.tiers[servedBy])}</span>
      <span class="answer-time" title={strings.try.roundTrip}>
        {serverMs === undefined ? '' : `${formatMilliseconds(serverMs)} · `}
        {formatMilliseconds(roundTripMs)}
      </span>
    </p>
  );
}
