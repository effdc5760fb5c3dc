// One tower in an inference thread: opens its graph, fits it to what CLIP exports are, and runs batches.
// onnxruntime-node computes on the thread that calls it, so this file must never run on the event loop that answers requests.

import { InferenceSession } from 'onnxruntime-node';
import { err, ok, type Result } from '#shared/result.ts';
import { matchGraph, type Port, type Wiring } from './graph-interface.ts';
import { type Feeds, floatsOf, maskOf, pictureFeeds, textFeeds } from './tensors.ts';
import type { PictureInput, TextInput, TowerInfo, TowerInput, TowerSpec } from './tower-spec.ts';

export type Tower = TowerInfo & {
  /** [n, ...row] to [n, d]. All rows have one length. */
  readonly run: (input: TowerInput, rows: number) => Promise<Float32Array>;
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

type OpenSession = { readonly session: InferenceSession; readonly release: () => Promise<void> };

/** Graphs that are open, and by how many towers: the two towers of a combined graph share its weights. */
const open = new Map<string, { readonly session: Promise<InferenceSession>; users: number }>();

async function openSession(spec: TowerSpec): Promise<Result<OpenSession, string>> {
  const { file, executionProvider, intraOpThreads } = spec;
  const key = `${executionProvider} ${intraOpThreads} ${file}`;
  const entry = open.get(key) ?? { session: createSession(spec), users: 0 };
  open.set(key, entry);
  entry.users++;
  const leave = () => {
    entry.users--;
    if (entry.users === 0 && open.get(key) === entry) open.delete(key);
    return entry.users === 0;
  };
  try {
    const session = await entry.session;
    return ok({
      session,
      async release() {
        if (leave()) await session.release();
      },
    });
  } catch (error) {
    leave();
    return err(
      `ONNX Runtime (${executionProvider}) cannot load its ${graphOf(spec)} graph${reasonOf(error)}`,
    );
  }
}

function createSession({ file, executionProvider, intraOpThreads }: TowerSpec): Promise<InferenceSession> {
  return InferenceSession.create(file, {
    executionProviders: [executionProvider],
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    // Threads that spin between batches take the cores from decoding (a quarter of all CPU time, measured).
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    // The arena keeps the memory of the largest batch ever run: what bounds it is the largest batch.
    enableCpuMemArena: true,
  });
}

function graphOf({ input }: TowerSpec): string {
  return input.kind === 'pictures' ? 'picture' : 'text';
}

/** What of ONNX Runtime's words a person can act on: an operator that it lacks. Paths and sizes stay here. */
function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : '';
  const operator =
    /(?:Could not find an implementation for|is not a registered function\/op).*?(?=\n|$)|No Op registered for \S+/.exec(
      words,
    )?.[0];
  return operator === undefined ? '' : `: ${operator.slice(0, 120)}`;
}

async function warmUp(
  session: InferenceSession,
  spec: TowerSpec,
  wiring: Wiring,
): Promise<Result<Omit<Tower, 'release'>, string>> {
  const { outputName, own } = wiring;
  const rowShape = rowShapeOf(own, spec.input);
  const fixedBatch = wiring.fixedBatch;
  const batch = Math.max(2, spec.maxBatch);
  const trial = trialInput(spec.input, rowShape, batch);
  const length = trial.length / batch;
  const attempt = async (neutral: Neutral) => {
    const tryOut = runner(session, spec, wiring, { neutral, isTrial: true });
    const together = await tryOut(trial, batch);
    const apart = [await tryOut(trial.slice(-length), 1), await tryOut(trial.slice(-2 * length), 2)];
    return { run: runner(session, spec, wiring, { neutral, isTrial: false }), together, apart };
  };
  const tried = await firstOf(neutralsFor(wiring), attempt);
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
  const batchInvariant =
    fixedBatch !== undefined ||
    apart.every((output) =>
      output.every((value, i) => value === together[together.length - output.length + i]),
    );
  return ok({
    embeddingDimension,
    batchInvariant,
    rowShape,
    inputName: own.name,
    outputName,
    notes: wiring.notes,
    run,
  });
}

function rowShapeOf({ sides }: Port, input: PictureInput | TextInput): number[] {
  const said = input.kind === 'pictures' ? [3, input.height, input.width] : [input.contextLength];
  if (input.kind === 'texts' && input.padding === 'need' && sides[0] === -1) return [];
  return sides.map((side, axis) => (side === -1 ? (said[axis] ?? 1) : side));
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

/** Rows of the other input of a combined graph; `undefined` where there is none. */
type Neutral = number | undefined;

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

function runner(
  session: InferenceSession,
  spec: TowerSpec,
  wiring: Wiring,
  { neutral, isTrial }: { readonly neutral: Neutral; readonly isTrial: boolean },
): Tower['run'] {
  const { fixedBatch } = wiring;
  // What a trial finds out needs no line on the terminal: whoever asked is told.
  const options = isTrial ? { logSeverityLevel: 4 as const } : {};
  const runOnce = async (input: TowerInput, rows: number): Promise<Float32Array> => {
    const feeds = {
      ...ownFeeds(wiring.own, spec.input, input, rows),
      ...neutralFeeds(wiring.other, spec.other, neutral),
    };
    const output = (await session.run(feeds, [wiring.outputName], options))[wiring.outputName];
    if (output === undefined) throw new Error(`${wiring.outputName} is not there`);
    const values = floatsOf(output);
    if (!wiring.pools) return values;
    return meanOverTokens(values, input as BigInt64Array<ArrayBuffer>, rows, spec.input as TextInput);
  };
  if (fixedBatch === undefined) return runOnce;
  return (input, rows) => inPieces(input, rows, fixedBatch, runOnce);
}

/** A graph that takes one size of batch only gets its rows in pieces of that size, the last filled up with zeros. */
async function inPieces(
  input: TowerInput,
  rows: number,
  size: number,
  run: Tower['run'],
): Promise<Float32Array> {
  const length = input.length / rows;
  const outputs: Float32Array[] = [];
  for (let row = 0; row < rows; row += size) {
    const taken = Math.min(size, rows - row);
    const piece = input.slice(row * length, (row + taken) * length);
    const output = await run(taken === size ? piece : filledUp(piece, size * length), size);
    outputs.push(output.slice(0, (output.length / size) * taken));
  }
  const joined = new Float32Array(outputs.reduce((total, output) => total + output.length, 0));
  let offset = 0;
  for (const output of outputs) {
    joined.set(output, offset);
    offset += output.length;
  }
  return joined;
}

function filledUp(piece: TowerInput, length: number): TowerInput {
  if (piece instanceof Float32Array) {
    const full = new Float32Array(length);
    full.set(piece);
    return full;
  }
  const full = new BigInt64Array(length);
  full.set(piece);
  return full;
}

function ownFeeds(port: Port, spec: PictureInput | TextInput, input: TowerInput, rows: number): Feeds {
  if (spec.kind === 'pictures' && input instanceof Float32Array) {
    return pictureFeeds(port, input, [rows, ...rowShapeOf(port, spec)]);
  }
  if (spec.kind === 'texts' && input instanceof BigInt64Array) {
    return textFeeds(port, input, [rows, input.length / rows], spec);
  }
  throw new TypeError('a tower was given rows of the other kind');
}

function neutralFeeds(port: Port | undefined, spec: TowerSpec['other'], rows: Neutral): Feeds {
  if (port === undefined || spec === undefined || rows === undefined) return {};
  const shape = rowShapeOf(port, spec);
  if (spec.kind === 'pictures') {
    const length = shape.reduce((product, side) => product * side, rows);
    return pictureFeeds(port, new Float32Array(length), [rows, ...shape]);
  }
  // A text of no tokens has no last one to read: one row at least.
  const [texts, length] = [Math.max(1, rows), shape[0] ?? Math.min(16, spec.contextLength)];
  return textFeeds(port, new BigInt64Array(texts * length).fill(1n), [texts, length], spec);
}

/** [n, tokens, d] to [n, d], over the tokens that are no padding. */
function meanOverTokens(
  values: Float32Array,
  ids: BigInt64Array,
  rows: number,
  { token }: TextInput,
): Float32Array {
  const length = ids.length / rows;
  const dimension = values.length / ids.length;
  const mask = maskOf(ids, length, token);
  const means = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row++) {
    const sums = new Float64Array(dimension);
    let count = 0;
    for (let position = row * length; position < (row + 1) * length; position++) {
      if (mask[position] !== 1n) continue;
      count++;
      for (let i = 0; i < dimension; i++) sums[i] = (sums[i] ?? 0) + (values[position * dimension + i] ?? 0);
    }
    means.set(
      sums.map((sum) => sum / count),
      row * dimension,
    );
  }
  return means;
}
