// Try: pictures in, plain CLIP and a projection side by side, and what an intervention does to their answers.

import { useEffect, useLayoutEffect } from 'preact/hooks';
import { acceptedMediaTypes } from '#shared/contracts/picture-types.ts';
import { DropZone } from '../parts/drop-zone.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import type { Action } from '../parts/use-action.ts';
import { offeredSamples, type Sample } from '../samples.ts';
import { useRights } from '../session/rights.ts';
import { strings } from '../strings.ts';
import { BenchActions } from './bench-actions.tsx';
import type { Judged } from './judge-answer.tsx';
import { ModelNote } from './model-note.tsx';
import { PictureCard } from './picture-card.tsx';
import { PictureGrid } from './picture-grid.tsx';
import { Question } from './question-form.tsx';
import { SampleTray } from './sample-tray.tsx';
import { shownSides } from './shown-sides.ts';
import { Tally } from './tally.tsx';
import { useAdding } from './use-adding.ts';
import { type Kept, useKept } from './use-kept.ts';
import { useTelling } from './use-telling.ts';
import type { TryState } from './use-try.ts';
import { useTellWait } from './waiting.tsx';

/** More than these are shown as a grid. */
const mostCards = 12;

type TryScreenProps = {
  state: TryState;
  /** The projection to try, where the address names one. */
  projectionId: string | undefined;
};

/** Answers among labels of one's own say nothing of the projection's. */
function judgedOf({ projection, environment, labelSource }: TryState, kept: Kept): Judged | undefined {
  if (projection?.labels === undefined || labelSource === 'own') return undefined;
  const { id, labels } = projection;
  return { projection: id, labels, environment: environment ?? strings.try.judge.noEnvironment, kept };
}

export function TryScreen({ state, projectionId }: TryScreenProps) {
  const { bench, projections, environments } = state;
  const labels = state.question?.labels ?? [];
  // Before the frame is drawn, in which another one would be asked.
  useLayoutEffect(() => {
    if (projectionId !== undefined) state.chooseProjection(projectionId);
  }, [projectionId]);
  useEffect(projections.reload, [projections.reload]);
  useEffect(environments.reload, [environments.reload]);
  const sides = shownSides(state.projection, state.environment);
  useTelling({
    bench,
    sides,
    isAsked: state.question !== undefined,
    isMany: bench.pictures.length > mostCards,
  });
  useTellWait(
    bench,
    sides.map(({ side }) => side),
  );
  const { addSamples, onFiles, onDrop, error } = useAdding(state, labels);
  return (
    <Page
      title={strings.try.title}
      lead={strings.try.lead}
      terms={['plain CLIP', 'projection', 'intervention', 'profile']}
    >
      <div class={`try${bench.pictures.length === 0 ? '' : ' try-asked'}`}>
        <aside class="try-side stack" aria-label={strings.try.asking}>
          <DropZone
            label={strings.try.choosePictures}
            accept={acceptedMediaTypes}
            wholePage
            onFiles={onFiles}
            onDrop={onDrop}
          >
            <strong>{strings.try.dropTitle}</strong>
            <span>{strings.try.dropHint}</span>
          </DropZone>
          <SampleTray onPick={(samples) => void addSamples.run(samples)} />
          <ErrorNotice error={error} />
          <Question state={state} />
          <ModelNote bench={bench} />
        </aside>
        <div class="try-main">
          <Answers state={state} labels={labels} addSamples={addSamples} />
        </div>
      </div>
    </Page>
  );
}

type AnswersProps = {
  state: TryState;
  labels: readonly string[];
  addSamples: Action<[readonly Sample[]]>;
};

/** The pictures with their answers, or the way to some where there are none. */
function Answers({ state, labels, addSamples }: AnswersProps) {
  const { bench, projection } = state;
  const sides = shownSides(projection, state.environment);
  const { may } = useRights();
  const mayJudge = may('projections') || may('datasets');
  const kept = useKept(bench, mayJudge ? projection?.name : undefined);
  const judged = mayJudge ? judgedOf(state, kept) : undefined;
  if (bench.pictures.length === 0) return <NoPictures projection={projection} addSamples={addSamples} />;
  const shown = { bench, sides, labels, judged };
  return (
    <>
      {bench.pictures.length > 1 && (
        <div class="try-bar">
          <Tally bench={bench} pictures={bench.pictures} sides={sides} />
          <BenchActions bench={bench} />
        </div>
      )}
      {bench.pictures.length > mostCards ? (
        <PictureGrid {...shown} />
      ) : (
        <ul class="cards">
          {bench.pictures.map((picture) => (
            <PictureCard key={picture.id} picture={picture} {...shown} />
          ))}
        </ul>
      )}
    </>
  );
}

function NoPictures({
  projection,
  addSamples,
}: Pick<TryState, 'projection'> & Pick<AnswersProps, 'addSamples'>) {
  const addAll = (
    <button
      type="button"
      class="button primary"
      disabled={addSamples.isRunning}
      onClick={() => void addSamples.run(offeredSamples)}
    >
      {strings.try.addAllSamples}
    </button>
  );
  return (
    <EmptyState title={strings.try.emptyTitle} action={addAll}>
      {projection === undefined
        ? strings.try.empty
        : strings.try.emptyBeside(strings.projections.versionOf(projection.name, projection.version))}
    </EmptyState>
  );
}
