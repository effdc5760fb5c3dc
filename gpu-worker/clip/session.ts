// One ONNX tower in an inference thread: opens it, checks that it is what CLIP exports are, and runs batches.
// onnxruntime-node computes on the thread that calls it, so this file must never run on the event loop that answers requests.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { err, ok, type Result } from '#shared/result.ts';

export type ExecutionProvider = 'cpu' | 'cuda';
export type TowerInput = Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;

export type TowerSpec = {
  readonly file: string;
  readonly inputName: 'pixel_values' | 'input_ids';
  readonly outputName: 'image_embeds' | 'text_embeds';
  /** Shape of one row of input, e.g. [3, 224, 224] or [77]. */
  readonly rowShape: readonly number[];
  /** What one row of output must be long; taken from the model where undefined. */
  readonly embeddingDimension: number | undefined;
  readonly executionProvider: ExecutionProvider;
  readonly intraOpThreads: number;
  /** The largest batch that will be run; what the warm-up compares single rows with. */
  readonly maxBatch: number;
};

export type TowerInfo = {
  readonly embeddingDimension: number;
  /** Whether a row's output is the same to the last bit whatever batch it is in; measured on the warm-up. */
  readonly batchInvariant: boolean;
};

export type Tower = TowerInfo & {
  /** [n, ...rowShape] to [n, d]. */
  readonly run: (input: TowerInput, rows: number) => Promise<Float32Array>;
  readonly release: () => Promise<void>;
};

/** The error is a sentence about the file. */
export async function openTower(spec: TowerSpec): Promise<Result<Tower, string>> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(spec.file, {
      executionProviders: [spec.executionProvider],
      intraOpNumThreads: spec.intraOpThreads,
      interOpNumThreads: 1,
      // Threads that spin between batches take the cores from decoding (a quarter of all CPU time, measured).
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      // The arena keeps the memory of the largest batch ever run: what bounds it is the largest batch.
      enableCpuMemArena: true,
    });
  } catch {
    return err(`ONNX Runtime (${spec.executionProvider}) cannot load ${spec.inputName}'s graph`);
  }
  const fits = checkInterface(session, spec);
  const warmedUp = fits.ok ? await warmUp(session, spec) : fits;
  if (!warmedUp.ok) {
    await session.release();
    return warmedUp;
  }
  return ok({
    ...warmedUp.value,
    run: (input, rows) => runSession(session, spec, input, rows),
    release: () => session.release(),
  });
}

function checkInterface(session: InferenceSession, spec: TowerSpec): Result<undefined, string> {
  const { inputName, outputName, rowShape } = spec;
  const input = session.inputMetadata.find(({ name }) => name === inputName);
  if (input === undefined || !input.isTensor) {
    return err(`its graph has no input ${inputName} (it has ${session.inputNames.join(', ')})`);
  }
  const others = session.inputNames.filter((name) => name !== inputName && name !== 'attention_mask');
  if (others.length > 0) return err(`its graph also wants ${others.join(', ')}`);
  if (!session.outputNames.includes(outputName)) {
    return err(`its graph has no output ${outputName} (it has ${session.outputNames.join(', ')})`);
  }
  // Half-precision exports keep float32 at their ends, so that this is the one kind of input there is.
  const type = inputName === 'pixel_values' ? 'float32' : 'int64';
  if (input.type !== type) return err(`its ${inputName} is ${input.type}, not ${type}`);
  const shape = input.shape.slice(1);
  const matches =
    shape.length === rowShape.length &&
    shape.every((side, axis) => typeof side !== 'number' || side === rowShape[axis]);
  if (!matches) {
    return err(`its ${inputName} is [${shape.join(', ')}], its configuration says [${rowShape.join(', ')}]`);
  }
  return ok(undefined);
}

async function warmUp(session: InferenceSession, spec: TowerSpec): Promise<Result<TowerInfo, string>> {
  const batch = Math.max(2, spec.maxBatch);
  const length = spec.rowShape.reduce((product, side) => product * side, 1);
  const input = warmUpInput(spec, batch * length);
  let together: Float32Array;
  let apart: Float32Array[];
  try {
    together = await runSession(session, spec, input, batch);
    apart = [
      await runSession(session, spec, input.slice(-length), 1),
      await runSession(session, spec, input.slice(-2 * length), 2),
    ];
  } catch {
    return err(`its ${spec.inputName} graph fails on a trial batch`);
  }
  const embeddingDimension = together.length / batch;
  if (!apart.every((output, index) => output.length === (index + 1) * embeddingDimension)) {
    return err(`its ${spec.outputName} is not one row for each input`);
  }
  if (spec.embeddingDimension !== undefined && embeddingDimension !== spec.embeddingDimension) {
    return err(
      `its ${spec.outputName} has ${embeddingDimension} values, its configuration says ${spec.embeddingDimension}`,
    );
  }
  if (!together.every(Number.isFinite)) return err(`its ${spec.outputName} is not finite on a trial batch`);
  const batchInvariant = apart.every((output) =>
    output.every((value, i) => value === together[together.length - output.length + i]),
  );
  return ok({ embeddingDimension, batchInvariant });
}

/** Any fixed numbers of a plausible size: a sine for pixels, low token ids for texts. */
function warmUpInput({ inputName }: TowerSpec, length: number): TowerInput {
  return inputName === 'pixel_values'
    ? Float32Array.from({ length }, (_, i) => 2 * Math.sin(i * 1.7))
    : BigInt64Array.from({ length }, (_, i) => BigInt(i % 7));
}

async function runSession(
  session: InferenceSession,
  { inputName, outputName, rowShape }: TowerSpec,
  input: TowerInput,
  rows: number,
): Promise<Float32Array> {
  const dims = [rows, ...rowShape];
  const tensor =
    input instanceof Float32Array ? new Tensor('float32', input, dims) : new Tensor('int64', input, dims);
  const feeds = new Map([[inputName as string, tensor]]);
  if (session.inputNames.includes('attention_mask')) {
    feeds.set('attention_mask', new Tensor('int64', new BigInt64Array(input.length).fill(1n), dims));
  }
  const output = (await session.run(Object.fromEntries(feeds), [outputName]))[outputName]?.data;
  if (output instanceof Float32Array) return output;
  throw new Error(`${outputName} is not float32`);
}
