// What a tower is asked to be before its graph is opened, and what it turned out to be. Plain values that go between threads.

import type { TokenPadding } from './tokenize.ts';

export type ExecutionProvider = 'cpu' | 'cuda';
export type TowerInput = Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;

export type PictureInput = {
  readonly kind: 'pictures';
  /** What the files say; the graph's own fixed sides outrank it. */
  readonly height: number;
  readonly width: number;
};

export type TextInput = {
  readonly kind: 'texts';
  /** What the files say; the graph's own fixed length outranks it. */
  readonly contextLength: number;
  /** Whether rows are all as long as the context, or of several lengths, one to a batch. */
  readonly padding: 'context' | 'need';
  readonly token: TokenPadding;
  readonly mask: 'tokens' | 'ones';
  /** Whether to average over tokens where the graph gives a row for each. */
  readonly meanPooling: boolean;
};

export type TowerSpec = {
  readonly file: string;
  readonly input: PictureInput | TextInput;
  /** Of a combined graph: what its other tower takes, to be fed something neutral. */
  readonly other?: PictureInput | TextInput;
  /** Names of the output, best first; without any of them the graph's only matrix is taken. */
  readonly outputNames: readonly string[];
  readonly executionProvider: ExecutionProvider;
  readonly intraOpThreads: number;
  /** The largest batch that will be run; what the warm-up compares single rows with. */
  readonly maxBatch: number;
};

export type TowerInfo = {
  readonly embeddingDimension: number;
  /** Whether a row's output is the same to the last bit whatever batch it is in; measured on the warm-up. */
  readonly batchInvariant: boolean;
  /** Of one row: [3, height, width], or [tokens] where all rows have one length, or [] where they do not. */
  readonly rowShape: readonly number[];
  /** What was taken, for the log. */
  readonly inputName: string;
  readonly outputName: string;
  /** Where the graph and the files contradicted each other, in words. */
  readonly notes: readonly string[];
};
