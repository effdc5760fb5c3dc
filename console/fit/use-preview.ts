// The picture that interventions are shown on: of the folder just chosen, else of the chosen dataset, else a sample.

import { useState } from 'preact/hooks';
import { fetchSample, offeredSamples } from '../samples.ts';
import { useSession } from '../session/session-context.ts';
import { useRemote } from '../use-remote.ts';

/** Steps by the golden ratio through a list that is sorted by environment and class: each next picture looks different. */
const stride = 0.618;

type Preview = {
  /** Absent while it is loaded. */
  readonly picture: Blob | undefined;
  readonly showAnother: () => void;
};

export function usePreview(files: readonly File[], dataset: string | undefined): Preview {
  const { client } = useSession();
  const [turn, setTurn] = useState(0);
  const picture = useRemote(
    async (signal) => {
      const local = pick(files, turn);
      if (local !== undefined) return local;
      if (dataset !== undefined) {
        const { items } = await client.datasets.items(dataset).page({ limit: 100, signal });
        const item = pick(items, turn);
        if (item !== undefined) return client.datasets.content(dataset, item.id, { signal });
      }
      const sample = pick(offeredSamples, turn) ?? offeredSamples[0];
      return fetchSample(sample.style, sample.concept, signal);
    },
    [client, files, dataset, turn],
  );
  // Without a preview the interventions still have their names, so an error is not worth a message.
  return { picture: picture.value, showAnother: () => setTurn((last) => last + 1) };
}

function pick<T>(list: readonly T[], turn: number): T | undefined {
  return list[Math.floor(((turn * stride) % 1) * list.length)];
}
