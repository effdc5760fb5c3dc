// Try: pictures in, plain CLIP and a projection side by side, and what an intervention does to their answers.

import { useCallback, useEffect, useLayoutEffect } from 'preact/hooks';
import { acceptedMediaTypes } from '#shared/contracts/picture-types.ts';
import { formatLabel } from '#shared/figures/format.ts';
import { hasPictureName } from '#shared/pictures/picture-tree.ts';
import { filesOfDrop, filesOfInput, type LooseFile } from '../fit/picture-tree.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DropZone } from '../parts/drop-zone.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { useAction } from '../parts/use-action.ts';
import { fetchSample, offeredSamples, sampleUrl } from '../samples.ts';
import { useRights } from '../session/rights.ts';
import { strings } from '../strings.ts';
import type { Bench } from './bench.ts';
import type { Judged } from './judge-answer.tsx';
import { ModelNote } from './model-note.tsx';
import { loadPicture } from './picture.ts';
import { PictureCard } from './picture-card.tsx';
import { PictureGrid } from './picture-grid.tsx';
import { Question } from './question-form.tsx';
import { shownSides } from './shown-sides.ts';
import { Tally } from './tally.tsx';
import { type Kept, useKept } from './use-kept.ts';
import type { TryState } from './use-try.ts';

type Sample = (typeof offeredSamples)[number];

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
  const { bench, projection, projections, environments } = state;
  const labels = state.question?.labels ?? [];
  // Before the frame is drawn, in which another one would be asked.
  useLayoutEffect(() => {
    if (projectionId !== undefined) state.chooseProjection(projectionId);
  }, [projectionId]);
  useEffect(projections.reload, [projections.reload]);
  useEffect(environments.reload, [environments.reload]);
  const addFiles = useAction(async (files: readonly LooseFile[]) => {
    const load = ({ path, file }: LooseFile) => loadPicture(file, file.name, labelOfFolder(path, labels));
    bench.add(await Promise.all(files.map(load)));
  });
  const addSamples = useAction(async (samples: readonly Sample[]) => {
    state.askLikeSamples(samples.map(({ concept }) => formatLabel(concept)));
    bench.add(await Promise.all(samples.map(loadSample)));
    if (samples.length > 1) state.startShowcase();
  });
  const { run: addAll } = addFiles;
  const onFiles = useCallback((files: File[]) => void addAll(filesOfInput(files)), [addAll]);
  const onDrop = (data: DataTransfer) => {
    // Read here and now: the browser empties the list after the event.
    const dropped = filesOfDrop(data);
    void dropped.then((files) => addAll(picturesAmong(files)));
  };
  const projectionName =
    projection === undefined ? undefined : strings.projections.versionOf(projection.name, projection.version);
  const sides = shownSides(projection, state.environment);
  const { may } = useRights();
  const mayJudge = may('projections') || may('datasets');
  const kept = useKept(bench, mayJudge ? projection?.name : undefined);
  const judged = mayJudge ? judgedOf(state, kept) : undefined;
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
          <ErrorNotice error={addFiles.error ?? addSamples.error} />
          <Question state={state} />
          <ModelNote bench={bench} />
        </aside>
        <div class="try-main">
          {bench.pictures.length === 0 ? (
            <EmptyState
              title={strings.try.emptyTitle}
              action={
                <button
                  type="button"
                  class="button primary"
                  disabled={addSamples.isRunning}
                  onClick={() => void addSamples.run(offeredSamples)}
                >
                  {strings.try.addAllSamples}
                </button>
              }
            >
              {projectionName === undefined ? strings.try.empty : strings.try.emptyBeside(projectionName)}
            </EmptyState>
          ) : (
            <>
              {bench.pictures.length > 1 && (
                <div class="try-bar">
                  <Tally bench={bench} pictures={bench.pictures} sides={sides} />
                  <BenchActions bench={bench} />
                </div>
              )}
              {bench.pictures.length > mostCards ? (
                <PictureGrid bench={bench} sides={sides} labels={labels} judged={judged} />
              ) : (
                <ul class="cards">
                  {bench.pictures.map((picture) => (
                    <PictureCard
                      key={picture.id}
                      picture={picture}
                      bench={bench}
                      sides={sides}
                      labels={labels}
                      judged={judged}
                    />
                  ))}
                </ul>
              )}
            </>
          )}
        </div>
      </div>
    </Page>
  );
}

function BenchActions({ bench }: { bench: Bench }) {
  const open = bench.pictures.filter((picture) => bench.untried(picture).length > 0);
  const tryAll = useAction(async () => {
    // One picture after the other: the answers come in as they are read, and no limit on requests is met.
    for (const picture of open) await bench.tryVariants(picture, bench.untried(picture));
  });
  const retryAll = useAction(bench.retryAll);
  return (
    <div class="actions">
      {bench.failed.length + Number(retryAll.isRunning) > 1 && (
        <ActionButton action={retryAll} kind="small">
          {strings.try.askFailed(bench.failed.length)}
        </ActionButton>
      )}
      {open.length + Number(tryAll.isRunning) > 0 && (
        <ActionButton action={tryAll} kind="small">
          {strings.try.tryAllPictures}
        </ActionButton>
      )}
      <button type="button" class="button small" onClick={bench.clear}>
        {strings.try.clear}
      </button>
    </div>
  );
}

function SampleTray({ onPick }: { onPick: (samples: readonly Sample[]) => void }) {
  return (
    <fieldset class="sample-tray">
      <legend>{strings.try.samples}</legend>
      {offeredSamples.map((sample) => {
        const about = strings.try.sampleName(formatLabel(sample.concept), sample.style);
        return (
          <button
            key={`${sample.style}/${sample.concept}`}
            type="button"
            class="sample"
            title={about}
            onClick={() => onPick([sample])}
          >
            <img src={sampleUrl(sample.style, sample.concept)} alt={about} width="40" height="40" />
          </button>
        );
      })}
    </fieldset>
  );
}

async function loadSample({ style, concept }: Sample) {
  const file = await fetchSample(style, concept);
  return loadPicture(file, strings.try.sampleName(formatLabel(concept), style), formatLabel(concept));
}

/** The label that a picture's folder names, where it names one of those asked about. */
function labelOfFolder(path: string, labels: readonly string[]): string | undefined {
  const folder = formatLabel(path.split('/').at(-2) ?? '').toLowerCase();
  return labels.find((label) => label.toLowerCase() === folder);
}

/** A folder may hold anything; a file given by itself is asked about whatever it is. */
function picturesAmong(files: readonly LooseFile[]): readonly LooseFile[] {
  return files.filter(({ path, file }) => !path.includes('/') || hasPictureName(file.name));
}
