// Try: pictures in, plain CLIP and a projection side by side, and what an intervention does to their answers.

import { useCallback, useEffect } from 'preact/hooks';
import { acceptedMediaTypes } from '#shared/contracts/picture-types.ts';
import { formatLabel } from '#shared/figures/format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DropZone } from '../parts/drop-zone.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { useAction } from '../parts/use-action.ts';
import { fetchSample, offeredSamples, sampleUrl } from '../samples.ts';
import { strings } from '../strings.ts';
import type { Bench } from './bench.ts';
import type { Judged } from './judge-answer.tsx';
import { loadPicture } from './picture.ts';
import { PictureCard } from './picture-card.tsx';
import { Question } from './question-form.tsx';
import { shownSides } from './shown-sides.ts';
import { Tally } from './tally.tsx';
import type { TryState } from './use-try.ts';

type Sample = (typeof offeredSamples)[number];

/** Answers among labels of one's own say nothing of the projection's. */
function judgedOf({ projection, environment, labelSource }: TryState): Judged | undefined {
  if (projection?.labels === undefined || labelSource === 'own') return undefined;
  const { id, labels } = projection;
  return { projection: id, labels, environment: environment ?? strings.try.judge.noEnvironment };
}

export function TryScreen({ state }: { state: TryState }) {
  const { bench, projection, projections, environments } = state;
  useEffect(projections.reload, [projections.reload]);
  useEffect(environments.reload, [environments.reload]);
  const addFiles = useAction(async (files: readonly File[]) => {
    bench.add(await Promise.all(files.map((file) => loadPicture(file, file.name))));
  });
  const addSamples = useAction(async (samples: readonly Sample[]) => {
    bench.add(await Promise.all(samples.map(loadSample)));
  });
  const { run: addAll } = addFiles;
  const onFiles = useCallback((files: File[]) => void addAll(files), [addAll]);
  const projectionName =
    projection === undefined ? undefined : strings.projections.versionOf(projection.name, projection.version);
  const sides = shownSides(projection, state.environment);
  return (
    <Page title={strings.try.title} lead={strings.try.lead}>
      <div class="try">
        <aside class="try-side stack">
          <DropZone
            label={strings.try.choosePictures}
            accept={acceptedMediaTypes}
            wholePage
            onFiles={onFiles}
          >
            <strong>{strings.try.dropTitle}</strong>
            <span>{strings.try.dropHint}</span>
          </DropZone>
          <SampleTray onPick={(samples) => void addSamples.run(samples)} />
          <ErrorNotice error={addFiles.error ?? addSamples.error} />
          <Question state={state} />
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
              <div class="try-bar">
                {bench.pictures.length > 1 && <Tally bench={bench} pictures={bench.pictures} sides={sides} />}
                <BenchActions bench={bench} />
              </div>
              <ul class="cards">
                {bench.pictures.map((picture) => (
                  <PictureCard
                    key={picture.id}
                    picture={picture}
                    bench={bench}
                    sides={sides}
                    judged={judgedOf(state)}
                  />
                ))}
              </ul>
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
  return (
    <div class="actions">
      {bench.pictures.length > 1 && open.length + Number(tryAll.isRunning) > 0 && (
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
