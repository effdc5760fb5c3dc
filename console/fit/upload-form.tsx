// What was found in a folder, and its upload to a dataset with progress. Stopped or broken uploads go on where they were.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Dataset } from '#shared/contracts/dataset.ts';
import { formatCount } from '#shared/figures/format.ts';
import { type Layout, layouts } from '#shared/pictures/picture-tree.ts';
import { formatBytes } from '../parts/format.ts';
import { nameRules } from '../parts/name-rules.ts';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { type Outcome, wordsOfOutcome } from '../parts/outcome.tsx';
import { Progress } from '../parts/progress-bar.tsx';
import { deed, useTell } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { CountTableView } from './count-table-view.tsx';
import { getOrCreateDataset } from './fit-samples.tsx';
import { countFiles, type PictureTree } from './picture-tree.ts';
import { type UploadOutcome, type UploadState, uploadTree } from './upload.ts';

type UploadFormProps = {
  tree: PictureTree;
  /** What the folders name. */
  layout: Layout;
  onLayout: (layout: Layout) => void;
  name: string;
  taken: readonly Dataset[];
  onName: (name: string) => void;
  onDone: (dataset: Dataset, outcome: Outcome) => void;
  onOther: () => void;
};

export function UploadForm(props: UploadFormProps) {
  const { tree, layout, onLayout, onOther } = props;
  const { upload, stop, progress } = useUpload(props);
  if (tree.files.length === 0) {
    return (
      <Notice tone="error" title={strings.fit.nothingFound}>
        <p>{strings.fit.treeShape}</p>
        <LayoutChoice layout={layout} onLayout={onLayout} />
        <button type="button" class="button small" onClick={onOther}>
          {strings.fit.chooseOther}
        </button>
      </Notice>
    );
  }
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void upload.run();
      }}
    >
      <CountTableView table={countFiles(tree.files)} />
      {progress === undefined && <LayoutChoice layout={layout} onLayout={onLayout} />}
      <p class="hint">{describeTree(tree)}</p>
      {progress !== undefined && (
        <Progress
          label={strings.fit.upload}
          part={progress.phase}
          done={progress.done}
          total={progress.total}
          isMoving={upload.isRunning}
        >
          {strings.fit.phases[progress.phase](progress.done, progress.total)}
        </Progress>
      )}
      <ErrorNotice error={upload.error} />
      <NameAndSend {...props} isRunning={upload.isRunning} hasBegun={progress !== undefined} onStop={stop} />
    </form>
  );
}

function useUpload({
  tree,
  name,
  taken,
  onDone,
}: Pick<UploadFormProps, 'tree' | 'name' | 'taken' | 'onDone'>) {
  const { client } = useSession();
  const tell = useTell();
  const [progress, setProgress] = useState<UploadState>();
  const controller = useRef<AbortController>();
  const upload = useAction(async () => {
    controller.current = new AbortController();
    const { signal } = controller.current;
    const existing = taken.find((dataset) => dataset.name === name);
    const dataset = existing ?? (await getOrCreateDataset(client, name));
    const outcome = outcomeOf(
      await uploadTree(client, dataset.id, tree.files, { signal, onProgress: setProgress }),
    );
    onDone(await client.datasets.get(dataset.id), outcome);
    tell(wordsOfOutcome(outcome), deed);
  });
  return { upload, stop: () => controller.current?.abort(), progress };
}

function outcomeOf({ added, unchanged, skipped }: UploadOutcome): Outcome {
  return {
    taken: strings.fit.uploaded(added, unchanged),
    leftOut: strings.fit.skipped(skipped.length),
    files: skipped.map(({ path, detail }) => ({ name: path, detail })),
  };
}

function describeTree({ files, left }: PictureTree): string {
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  const found = strings.fit.found(formatCount(files.length), formatBytes(bytes));
  return left.length === 0 ? found : `${found} ${strings.fit.leftOut(left.length, left[0]?.path ?? '')}`;
}

type NameAndSendProps = Pick<UploadFormProps, 'tree' | 'name' | 'onName' | 'onOther'> & {
  isRunning: boolean;
  hasBegun: boolean;
  onStop: () => void;
};

function NameAndSend({ tree, name, onName, onOther, isRunning, hasBegun, onStop }: NameAndSendProps) {
  const button = useRef<HTMLButtonElement>(null);
  const was = useRef(isRunning);
  // Where the one was that was pressed is another now, and what had the focus is gone.
  useLayoutEffect(() => {
    if (was.current !== isRunning && document.activeElement === document.body) button.current?.focus();
    was.current = isRunning;
  }, [isRunning]);
  return (
    <div class="row">
      <label class="field grow">
        <span>{strings.fit.datasetName}</span>
        <input
          {...nameRules}
          disabled={isRunning}
          value={name}
          onInput={(event) => onName(event.currentTarget.value)}
        />
      </label>
      {isRunning ? (
        <button key="pause" ref={button} type="button" class="button" onClick={onStop}>
          {strings.fit.pause}
        </button>
      ) : (
        <>
          <button key="send" ref={button} type="submit" class="button primary">
            {hasBegun ? strings.fit.resume : strings.fit.uploadCount(tree.files.length)}
          </button>
          <button type="button" class="button" onClick={onOther}>
            {strings.fit.chooseOther}
          </button>
        </>
      )}
    </div>
  );
}

function LayoutChoice({ layout, onLayout }: Pick<UploadFormProps, 'layout' | 'onLayout'>) {
  return (
    <fieldset class="choices">
      <legend>{strings.fit.layout}</legend>
      {layouts.map((each) => (
        <label key={each} class="check">
          <input type="radio" name="layout" checked={each === layout} onChange={() => onLayout(each)} />
          {strings.fit.layouts[each]}
        </label>
      ))}
    </fieldset>
  );
}
