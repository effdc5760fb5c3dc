// How pictures come to the Try screen: samples, and files that are chosen, pasted or dropped. Draws nothing.

import { useCallback } from 'preact/hooks';
import { formatLabel } from '#shared/figures/format.ts';
import { hasPictureName } from '#shared/pictures/picture-tree.ts';
import { filesOfDrop, filesOfInput, type LooseFile } from '../fit/picture-tree.ts';
import { useAction } from '../parts/use-action.ts';
import { fetchSample, type Sample } from '../samples.ts';
import { strings } from '../strings.ts';
import { loadPicture } from './picture.ts';
import type { TryState } from './use-try.ts';

export function useAdding({ bench, askLikeSamples, startShowcase }: TryState, labels: readonly string[]) {
  const addFiles = useAction(async (files: readonly LooseFile[]) => {
    const load = ({ path, file }: LooseFile) => loadPicture(file, file.name, labelOfFolder(path, labels));
    bench.add(await Promise.all(files.map(load)));
  });
  const addSamples = useAction(async (samples: readonly Sample[]) => {
    askLikeSamples(samples.map(({ concept }) => formatLabel(concept)));
    bench.add(await Promise.all(samples.map(loadSample)));
    if (samples.length > 1) startShowcase();
  });
  const { run: addAll } = addFiles;
  const onFiles = useCallback((files: File[]) => void addAll(filesOfInput(files)), [addAll]);
  const onDrop = (data: DataTransfer) => {
    // Read here and now: the browser empties the list after the event.
    const dropped = filesOfDrop(data);
    void dropped.then((files) => addAll(picturesAmong(files)));
  };
  return { addSamples, onFiles, onDrop, error: addFiles.error ?? addSamples.error };
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
