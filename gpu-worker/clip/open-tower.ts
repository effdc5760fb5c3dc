// Opens one tower in an inference thread: its graph, fitted to what CLIP exports are, and tried out on a batch first.
// onnxruntime-node computes on the thread that calls it, so this file must never run on the event loop that answers requests.

import type { InferenceSession } from 'onnxruntime-node';
import { err, ok, type Result } from '#shared/result.ts';
import { matchGraph, type Wiring } from './graph-interface.ts';
import { openSession } from './open-session.ts';
import { type Neutral, rowShapeOf } from './tower-feeds.ts';
import { createTowerRunner, type RunTower } from './tower-runner.ts';
import type { PictureInput, TextInput, TowerInfo, TowerInput, TowerSpec } from './tower-spec.ts';

export type Tower = TowerInfo & {
  readonly run: RunTower;
  readonly release: () => Promise<void>;
};

/** The error is the end of a sentence about the model. */
export async function openTower(spec: TowerSpec): Promise<Result<Tower, string>> {
  const opened = await openSession(spec);
  if (!opened.ok) return opened;
  const { session, release } = opened.value;
  const wiring = matchGraph(session, spec);
  const warmed = wiring.ok ? await warmUp(session, spec, wiring.value) : wiring;
  if (!warmed.ok) {
    await release();
    return warmed;
  }
  return ok({ ...warmed.value, release });
}

async function warmUp(
  session: InferenceSession,
  spec: TowerSpec,
  wiring: Wiring,
): Promise<Result<Omit<Tower, 'release'>, string>> {
  const { outputName, own, fixedBatch } = wiring;
  const rowShape = rowShapeOf(own, spec.input);
  const batch = Math.max(2, spec.maxBatch);
  const trial = trialInput(spec.input, rowShape, batch);
  const length = trial.length / batch;
  const tried = await firstOf(neutralsFor(wiring), async (neutral) => ({
    run: createTowerRunner(session, spec, wiring, { neutral, isTrial: false }),
    ...(await tryOut(createTowerRunner(session, spec, wiring, { neutral, isTrial: true }), trial, batch)),
  }));
  if (tried === undefined) {
    const alone = spec.other === undefined ? '' : ', with a neutral input for its other tower';
    const shape = [batch, ...(rowShape.length > 0 ? rowShape : [length])].join(', ');
    return err(`its graph fails on a trial batch of ${own.name} [${shape}]${alone}`);
  }
  const { run, together, apart } = tried;
  const embeddingDimension = together.length / batch;
  if (!apart.every((output, index) => output.length === (index + 1) * embeddingDimension)) {
    return err(`its ${outputName} is not one row for each input`);
  }
  if (!together.every(Number.isFinite)) return err(`its ${outputName} is not finite on a trial batch`);
  return ok({
    embeddingDimension,
    batchInvariant: fixedBatch !== undefined || isSame(together, apart),
    rowShape,
    inputName: own.name,
    outputName,
    notes: wiring.notes,
    run,
  });
}

type Tried = { readonly together: Float32Array; readonly apart: readonly Float32Array[] };

/** All rows at once, then the last one and the last two of them by themselves. */
async function tryOut(run: RunTower, trial: TowerInput, rows: number): Promise<Tried> {
  const length = trial.length / rows;
  const together = await run(trial, rows);
  return { together, apart: [await run(trial.slice(-length), 1), await run(trial.slice(-2 * length), 2)] };
}

/** To the last bit. */
function isSame(together: Float32Array, apart: readonly Float32Array[]): boolean {
  return apart.every((output) =>
    output.every((value, i) => value === together[together.length - output.length + i]),
  );
}

/** Any fixed numbers of a plausible size: a sine for pixels, low token ids for texts. */
function trialInput(input: PictureInput | TextInput, rowShape: readonly number[], rows: number): TowerInput {
  if (input.kind === 'pictures') {
    const length = rows * rowShape.reduce((product, side) => product * side, 1);
    return Float32Array.from({ length }, (_, i) => 2 * Math.sin(i * 1.7));
  }
  const length = rows * (rowShape[0] ?? Math.min(16, input.contextLength));
  return BigInt64Array.from({ length }, (_, i) => BigInt(i % 7));
}

/** No row of the other input costs nothing, where a graph bears it; else one. */
function neutralsFor({ other, fixedBatch }: Wiring): Neutral[] {
  if (other === undefined) return [undefined];
  return fixedBatch === undefined ? [0, 1] : [fixedBatch];
}

async function firstOf<Item, Answer>(
  items: readonly Item[],
  attempt: (item: Item) => Promise<Answer>,
): Promise<Answer | undefined> {
  for (const item of items) {
    try {
      return await attempt(item);
    } catch {
      // The next may do.
    }
  }
  return undefined;
}
