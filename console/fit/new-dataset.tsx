// Makes a dataset from a folder tree: takes the folder, then shows what was found in it and how to send it.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Dataset } from '#shared/contracts/dataset.ts';
import type { Layout } from '#shared/pictures/picture-tree.ts';
import { DropZone } from '../parts/drop-zone.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import type { Outcome } from '../parts/outcome.tsx';
import { useAction } from '../parts/use-action.ts';
import { strings } from '../strings.ts';
import { arrangeFiles, filesOfDrop, filesOfInput, type LooseFile } from './picture-tree.ts';
import { UploadForm } from './upload-form.tsx';

type NewDatasetProps = {
  /** Pictures are added to the one of this name, which is made where it is missing. */
  taken: readonly Dataset[];
  onDone: (dataset: Dataset, outcome: Outcome) => void;
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
        <UploadForm
          tree={arrangeFiles(source, layout)}
          layout={layout}
          onLayout={(next) => show(source, next)}
          name={name}
          taken={taken}
          onName={setName}
          onDone={(dataset, outcome) => {
            onFound([]);
            onDone(dataset, outcome);
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

/** A dataset's name from the folder that was chosen. */
function folderName(files: readonly File[]): string {
  const folder = files[0]?.webkitRelativePath.split('/')[0] ?? '';
  return folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 63);
}
