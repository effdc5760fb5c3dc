// Where the files of a model lie in its repository, told from their names alone, so that it can be said before any of them is
// opened or fetched. Pure. Three layouts are known: transformers.js' two towers, one combined graph, and immich's.

import type { ModelVariant } from '#shared/contracts/model-variants.ts';
import { modelVariants } from '#shared/contracts/model-variants.ts';
import { err, ok, type Result } from '#shared/result.ts';

export type ModelLayout = {
  /** `towers`: a graph each; `combined`: one graph that wants both inputs; `open-clip`: immich's `visual/` and `textual/`. */
  readonly kind: 'towers' | 'combined' | 'open-clip';
  readonly config: string;
  readonly preprocessor: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
  /** The same graph twice where it is combined. */
  readonly vision: string;
  readonly text: string;
  /** Weights that lie beside a graph, in files that it refers to by name. */
  readonly weights: readonly string[];
};

const hubFiles = {
  config: 'config.json',
  preprocessor: 'preprocessor_config.json',
  tokenizer: 'tokenizer.json',
  tokenizerConfig: 'tokenizer_config.json',
} as const;

const openClipFiles = {
  config: 'config.json',
  preprocessor: 'visual/preprocess_cfg.json',
  tokenizer: 'textual/tokenizer.json',
  tokenizerConfig: 'textual/tokenizer_config.json',
} as const;

/** `paths`: relative, with forward slashes. The error is the end of a sentence about the model. */
export function findLayout(paths: Iterable<string>, variant: ModelVariant): Result<ModelLayout, string> {
  const present = new Set(paths);
  const graphs = findGraphs(present, variant);
  if (!graphs.ok) return graphs;
  const { kind, vision, text } = graphs.value;
  const small = kind === 'open-clip' ? openClipFiles : hubFiles;
  const missing = Object.values(small).find((path) => !present.has(path));
  if (missing !== undefined) return err(`${missing} is missing`);
  return ok({ kind, ...small, vision, text, weights: weightsOf(present, graphs.value) });
}

/** Every file that decides what an embedding is, each once, sorted. */
export function filesOf(layout: ModelLayout): string[] {
  const { kind: _kind, weights, ...named } = layout;
  return [...new Set([...Object.values(named), ...weights])].toSorted();
}

/** The small files, which are worth reading before the graphs are. */
export function smallFilesOf({ config, preprocessor, tokenizer, tokenizerConfig }: ModelLayout): string[] {
  return [config, preprocessor, tokenizerConfig, tokenizer];
}

type Graphs = Pick<ModelLayout, 'kind' | 'vision' | 'text'>;

function findGraphs(present: ReadonlySet<string>, variant: ModelVariant): Result<Graphs, string> {
  const candidates = graphsOf(variant);
  const found = candidates.find(({ vision, text }) => present.has(vision) && present.has(text));
  if (found !== undefined) return ok(found);
  const others = modelVariants.filter((other) =>
    graphsOf(other).some(({ vision, text }) => present.has(vision) && present.has(text)),
  );
  const instead = others.length === 0 ? '' : ` (there are weights for: ${others.join(', ')})`;
  const half = candidates.find(({ vision, text }) => present.has(vision) || present.has(text));
  if (half !== undefined) {
    return err(`${present.has(half.vision) ? half.text : half.vision} is missing${instead}`);
  }
  const wanted = `onnx/vision_model${suffixOf(variant)}.onnx`;
  if (others.length > 0) return err(`${wanted} is missing${instead}`);
  if ([...present].some((path) => /\.(?:safetensors|bin|pt|pth|msgpack|h5)$/.test(path))) {
    return err(`${wanted} is missing: its weights are not ONNX; export it first, or pull an export of it`);
  }
  return err(`${wanted} is missing`);
}

function graphsOf(variant: ModelVariant): Graphs[] {
  const suffix = suffixOf(variant);
  const towers = (folder: string): Graphs => ({
    kind: 'towers',
    vision: `${folder}vision_model${suffix}.onnx`,
    text: `${folder}text_model${suffix}.onnx`,
  });
  const combined = (graph: string): Graphs => ({ kind: 'combined', vision: graph, text: graph });
  return [
    towers('onnx/'),
    towers(''),
    ...(variant === 'default'
      ? [{ kind: 'open-clip', vision: 'visual/model.onnx', text: 'textual/model.onnx' } as const]
      : []),
    combined(`onnx/model${suffix}.onnx`),
    combined(`model${suffix}.onnx`),
  ];
}

function suffixOf(variant: ModelVariant): string {
  return variant === 'default' ? '' : `_${variant}`;
}

/** `model.onnx_data`, `model.onnx.data`, and in immich's layout whatever else lies in a graph's folder. */
function weightsOf(present: ReadonlySet<string>, { kind, vision, text }: Graphs): string[] {
  return [...present].filter((path) => {
    if (path.startsWith(`${vision}_data`) || path.startsWith(`${text}_data`)) return true;
    if (path.startsWith(`${vision}.data`) || path.startsWith(`${text}.data`)) return true;
    const inFolder = /^(?:visual|textual)\/[^/]+$/.test(path) && !/\.(?:onnx|armnn|json|md|txt)$/.test(path);
    return kind === 'open-clip' && inFolder;
  });
}
