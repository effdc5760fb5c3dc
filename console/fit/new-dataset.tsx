// Makes a dataset from a folder tree: shows what was found in it, then uploads with progress. Stopped or broken uploads go
// on where they were.

import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Dataset } from '#shared/contracts/dataset.ts';
import { formatCount } from '#shared/figures/format.ts';
import { type Layout, layouts } from '#shared/pictures/picture-tree.ts';
import { DropZone } from '../parts/drop-zone.tsx';
import { formatBytes } from '../parts/format.ts';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { plainWords } from '../parts/plain-words.ts';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { CountTableView } from './count-table-view.tsx';
import { getOrCreateDataset } from './fit-samples.tsx';
import {
  arrangeFiles,
  countFiles,
  filesOfDrop,
  filesOfInput,
  type LooseFile,
  type PictureTree,
} from './picture-tree.ts';
import { type UploadOutcome, type UploadState, uploadTree } from './upload.ts';

type NewDatasetProps = {
  /** Pictures are added to the one of this name, which is made where it is missing. */
  taken: readonly Dataset[];
  onDone: (dataset: Dataset) => void;
  onFound: (files: readonly File[]) => void;
  /** What is offered to whoever has no pictures. */
  samples: ComponentChildren;
};

export function NewDataset({ taken, onDone, onFound, samples }: NewDatasetProps) {
  const [source, setSource] = useState<readonly LooseFile[]>();
  const [layout, setLayout] = useState<Layout>('environment');
  const [name, setName] = useState('');
  const show = (next: readonly LooseFile[], as: Layout) => {
    setSource(next);
    setLayout(as);
    onFound(arrangeFiles(next, as).files.map(({ file }) => file));
  };
  const read = useAction(async (open: () => Promise<readonly LooseFile[]>, suggestion: string) => {
    show(await open(), layout);
    setName((last) => last || suggestion);
  });
  return (
    <div class="stack">
      {source === undefined ? (
        <>
          <DropZone
            label={strings.fit.chooseFolder}
            folder
            onFiles={(files) => void read.run(async () => filesOfInput(files), folderName(files))}
            onDrop={(data) => {
              const files = filesOfDrop(data);
              void read.run(() => files, '');
            }}
          >
            <strong>{strings.fit.dropTitle}</strong>
            <span>{strings.fit.dropHint}</span>
          </DropZone>
          {samples}
        </>
      ) : (
        <Upload
          tree={arrangeFiles(source, layout)}
          layout={layout}
          onLayout={(next) => show(source, next)}
          name={name}
          taken={taken}
          onName={setName}
          onDone={(dataset) => {
            onFound([]);
            onDone(dataset);
          }}
          onOther={() => {
            setSource(undefined);
            setName('');
            onFound([]);
          }}
        />
      )}
      <ErrorNotice error={read.error} />
    </div>
  );
}

type UploadProps = {
  tree: PictureTree;
  /** What the folders name. */
  layout: Layout;
  onLayout: (layout: Layout) => void;
  name: string;
  taken: readonly Dataset[];
  onName: (name: string) => void;
  onDone: (dataset: Dataset) => void;
  onOther: () => void;
};

function Upload({ tree, layout, onLayout, name, taken, onName, onDone, onOther }: UploadProps) {
  const { client } = useSession();
  const [progress, setProgress] = useState<UploadState>();
  const [outcome, setOutcome] = useState<UploadOutcome>();
  const controller = useRef<AbortController>();
  const upload = useAction(async () => {
    controller.current = new AbortController();
    const { signal } = controller.current;
    const existing = taken.find((dataset) => dataset.name === name);
    const dataset = existing ?? (await getOrCreateDataset(client, name));
    const result = await uploadTree(client, dataset.id, tree.files, { signal, onProgress: setProgress });
    setOutcome(result);
    onDone(await client.datasets.get(dataset.id));
  });
  const bytes = tree.files.reduce((sum, { file }) => sum + file.size, 0);
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
      <p class="hint">
        {strings.fit.found(formatCount(tree.files.length), formatBytes(bytes))}
        {tree.left.length > 0 && ` ${strings.fit.leftOut(tree.left.length, tree.left[0]?.path ?? '')}`}
      </p>
      {progress !== undefined && outcome === undefined && (
        <div class="stack-tight" role="status">
          <ProgressBar
            label={strings.fit.upload}
            done={progress.done}
            total={progress.total}
            isMoving={upload.isRunning}
          />
          <p class="progress-line">{strings.fit.phases[progress.phase](progress.done, progress.total)}</p>
        </div>
      )}
      <ErrorNotice error={upload.error} />
      {outcome !== undefined && <Outcome outcome={outcome} />}
      {outcome === undefined && (
        <div class="row">
          <label class="field grow">
            <span>{strings.fit.datasetName}</span>
            <input
              required
              disabled={upload.isRunning}
              pattern="[a-z0-9](?:[a-z0-9._\-]{0,61}[a-z0-9])?"
              title={strings.common.nameRule}
              value={name}
              onInput={(event) => onName(event.currentTarget.value)}
            />
          </label>
          {upload.isRunning ? (
            <button key="pause" type="button" class="button" onClick={() => controller.current?.abort()}>
              {strings.fit.pause}
            </button>
          ) : (
            <>
              <button key="send" type="submit" class="button primary">
                {progress === undefined ? strings.fit.uploadCount(tree.files.length) : strings.fit.resume}
              </button>
              <button type="button" class="button" onClick={onOther}>
                {strings.fit.chooseOther}
              </button>
            </>
          )}
        </div>
      )}
    </form>
  );
}

function LayoutChoice({ layout, onLayout }: Pick<UploadProps, 'layout' | 'onLayout'>) {
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

function Outcome({ outcome: { added, unchanged, skipped } }: { outcome: UploadOutcome }) {
  return (
    <Notice tone={skipped.length === 0 ? 'good' : 'note'} title={strings.fit.uploaded(added, unchanged)}>
      {skipped.length > 0 && (
        <details>
          <summary>{strings.fit.skipped(skipped.length)}</summary>
          <ul>
            {skipped.map(({ path, detail }) => (
              <li key={path}>
                <code>{path}</code> {plainWords(detail)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Notice>
  );
}

/** A dataset's name from the folder that was chosen. */
function folderName(files: readonly File[]): string {
  const folder = files[0]?.webkitRelativePath.split('/')[0] ?? '';
  return folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 63);
}
