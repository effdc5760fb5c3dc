// What can be done with all pictures at once: ask again, try every intervention, clear.

import { ActionButton } from '../parts/action-button.tsx';
import { useAction } from '../parts/use-action.ts';
import { strings } from '../strings.ts';
import type { Bench } from './bench.ts';

export function BenchActions({ bench }: { bench: Bench }) {
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
