// What a benchmark is: a name, and a run that ends in rows of the table. A row is one number, with the bar it should
// clear where there is one. Knows nothing of how they are measured or printed.

export type Bar =
  | { readonly atLeast: number }
  | { readonly atMost: number }
  | { readonly from: number; readonly to: number };

export type Row = {
  readonly what: string;
  readonly value: number;
  /** `ratio` for a number without a dimension. */
  readonly unit: string;
  readonly bar?: Bar;
  /** What the number stands on: the two sides of a ratio, the settings chosen. */
  readonly note?: string;
};

export type Options = {
  /** A checkout of another commit, with its packages installed, to stand beside this one. */
  readonly against: string | undefined;
  /** A folder of pictures, environment/class/file. */
  readonly pictures: string | undefined;
};

export type Benchmark = {
  readonly name: string;
  readonly summary: string;
  /** `say` tells what is being done, for whoever waits. */
  readonly run: (say: (progress: string) => void, options: Options) => Promise<Row[]>;
};

/** `undefined` where the row has no bar. */
export function clears({ value, bar }: Row): boolean | undefined {
  if (bar === undefined) return undefined;
  if ('atLeast' in bar) return value >= bar.atLeast;
  return 'atMost' in bar ? value <= bar.atMost : value >= bar.from && value <= bar.to;
}

/** Something is missing that whoever measures can put there: the message says what, and is all that is printed. */
export class NotSetUp extends Error {}
