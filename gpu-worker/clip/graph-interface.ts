// Matches a graph's inputs and outputs with what a tower needs: which names, which number types, which fixed sizes. Pure, but for
// the types of ONNX Runtime.

import type { InferenceSession } from 'onnxruntime-node';
import { err, ok, type Result } from '#shared/result.ts';
import type { PictureInput, TextInput, TowerSpec } from './tower-spec.ts';

export type NumberType = 'float32' | 'float16' | 'int64' | 'int32';

export type GraphInput = {
  readonly name: string;
  readonly type: NumberType;
};

/** A main input of a graph: the tower's own, or the other of a combined one. */
export type Port = GraphInput & {
  /** Sides after the batch; -1 where any will do. */
  readonly sides: readonly number[];
  /** Texts only. */
  readonly mask?: GraphInput;
  readonly tokenTypes?: GraphInput;
};

export type Wiring = {
  readonly own: Port;
  readonly other?: Port;
  readonly outputName: string;
  /** Whether the output has a row for each token, to be averaged. */
  readonly pools: boolean;
  /** Where the graph takes batches of one size only. */
  readonly fixedBatch: number | undefined;
  readonly notes: readonly string[];
};

type Metadata = InferenceSession.TensorValueMetadata;

const pictureNames = ['pixel_values', 'image', 'images'];
const textNames = ['input_ids', 'text', 'tokens'];

/** The error is the end of a sentence about the model. */
export function matchGraph(session: InferenceSession, spec: TowerSpec): Result<Wiring, string> {
  const inputs = session.inputMetadata.filter((input): input is Metadata => input.isTensor);
  const own = findPort(inputs, spec.input);
  if (!own.ok) return own;
  const other = spec.other && findPort(inputs, spec.other);
  if (other !== undefined && !other.ok) return other;
  const known = new Set([own.value, other?.value].flatMap((port) => (port ? namesOf(port) : [])));
  const strange = session.inputNames.filter((name) => !known.has(name));
  if (strange.length > 0) return err(`its graph also wants ${strange.join(', ')}`);
  const output = findOutput(session, spec);
  if (!output.ok) return output;
  const batch = inputs.find(({ name }) => name === own.value.name)?.shape[0];
  return ok({
    own: own.value,
    ...(other === undefined ? {} : { other: other.value }),
    ...output.value,
    fixedBatch: typeof batch === 'number' && batch > 0 ? batch : undefined,
    notes: contradictions(own.value, spec.input),
  });
}

function namesOf({ name, mask, tokenTypes }: Port): string[] {
  return [name, mask?.name, tokenTypes?.name].filter((known) => known !== undefined);
}

function findPort(inputs: readonly Metadata[], wanted: PictureInput | TextInput): Result<Port, string> {
  const isPicture = wanted.kind === 'pictures';
  const names = isPicture ? pictureNames : textNames;
  const named = names.flatMap((name) => inputs.find((input) => input.name === name) ?? [])[0];
  // A sole input may have any name, but not that of the other kind.
  const others = isPicture ? textNames : pictureNames;
  const sole = inputs.length === 1 && !others.includes(inputs[0]?.name ?? '') ? inputs[0] : undefined;
  const input = named ?? sole;
  if (input === undefined) {
    return err(`its graph has no input ${names[0]} (it has ${inputs.map(({ name }) => name).join(', ')})`);
  }
  const [rank, types] = isPicture ? [4, ['float32', 'float16'] as const] : [2, ['int64', 'int32'] as const];
  const type = types.find((candidate) => candidate === input.type);
  if (type === undefined) return err(`its ${input.name} is ${input.type}, not ${types.join(' or ')}`);
  if (input.shape.length !== rank) {
    return err(`its ${input.name} is [${input.shape.join(', ')}], which is not a batch of ${wanted.kind}`);
  }
  const sides = input.shape.slice(1).map((side) => (typeof side === 'number' && side > 0 ? side : -1));
  if (isPicture && sides[0] !== -1 && sides[0] !== 3) {
    return err(
      `its ${input.name} is [${input.shape.join(', ')}]: pictures have 3 channels, and they come first`,
    );
  }
  if (isPicture) return ok({ name: input.name, type, sides });
  const mask = integerInput(inputs, 'attention_mask');
  const tokenTypes = integerInput(inputs, 'token_type_ids');
  return ok({ name: input.name, type, sides, ...(mask && { mask }), ...(tokenTypes && { tokenTypes }) });
}

function integerInput(inputs: readonly Metadata[], name: string): GraphInput | undefined {
  const input = inputs.find((candidate) => candidate.name === name);
  if (input?.type === 'int64' || input?.type === 'int32') return { name, type: input.type };
  return undefined;
}

function findOutput(
  session: InferenceSession,
  { outputNames, input }: TowerSpec,
): Result<Pick<Wiring, 'outputName' | 'pools'>, string> {
  const outputs = session.outputMetadata.filter((output): output is Metadata => output.isTensor);
  const named = outputNames.find((name) => session.outputNames.includes(name));
  if (named !== undefined) return ok({ outputName: named, pools: false });
  const matrices = outputs.filter(({ shape }) => shape.length === 2);
  if (matrices.length === 1 && matrices[0] !== undefined) {
    return ok({ outputName: matrices[0].name, pools: false });
  }
  const tokens = outputs.find(({ shape }) => shape.length === 3);
  if (input.kind === 'texts' && input.meanPooling && matrices.length === 0 && tokens !== undefined) {
    return ok({ outputName: tokens.name, pools: true });
  }
  return err(`its graph has no output ${outputNames[0]} (it has ${session.outputNames.join(', ')})`);
}

function contradictions({ name, sides }: Port, wanted: PictureInput | TextInput): string[] {
  const said = wanted.kind === 'pictures' ? [3, wanted.height, wanted.width] : [wanted.contextLength];
  const differs = sides.some((side, axis) => side !== -1 && side !== said[axis]);
  if (!differs) return [];
  return [
    `its ${name} is [${sides.join(', ')}] where its configuration says [${said.join(', ')}]: the graph decides`,
  ];
}
