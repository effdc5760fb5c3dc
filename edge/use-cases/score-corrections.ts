// How a version does on the corrections that it took in, before and after. What is in a fit is not held out from it: `after` is
// what was answered when the picture's whole environment was left out; `before` what the version of before answers itself, which
// was not fitted from them, or its own left-out answers where it had taken corrections in too.

import type { Artefact } from '#shared/codec/icm-file.ts';
import type { CorrectionsReport } from '#shared/contracts/correction.ts';
import { compileHead } from '#shared/math/answer/compiled-head.ts';
import { type LeftOutRecord, shareUnit, tagBytes } from '#shared/math/fit/left-out-record.ts';
import { answeredLabels } from './row-steps.ts';

/** Corrections that went into the fit: rows [n, d], and what is right of each. */
export type ScoredCorrections = {
  readonly embeddings: Float32Array;
  readonly rows: readonly { readonly sha256: string; readonly environment: number; readonly class: number }[];
  readonly classes: readonly string[];
  readonly environments: readonly string[];
  readonly ofOtherModel: number;
};

export async function scoreCorrections(
  corrections: ScoredCorrections,
  after: Artefact,
  before: Artefact | undefined,
  hadCorrections: boolean,
): Promise<CorrectionsReport> {
  const { rows, classes, environments, ofOtherModel } = corrections;
  const named = rows.map(({ sha256, environment, class: label }) => ({
    sha256,
    environment: environments[environment] ?? '',
    label: classes[label] ?? '',
  }));
  const afterShares = leftOutShares(after, named);
  const beforeShares =
    before === undefined || hadCorrections
      ? leftOutShares(before, named)
      : await ownShares(before, named, corrections.embeddings);
  return {
    taken: rows.length,
    ofOtherModel,
    beforeFrom: hadCorrections ? 'left-out' : 'own-answers',
    environments: environments.map((environment) => {
      const own = [...named.keys()].filter((row) => named[row]?.environment === environment);
      const both = own.filter((row) => beforeShares[row] !== undefined && afterShares[row] !== undefined);
      const mean = (shares: readonly (number | undefined)[]) =>
        both.reduce((sum, row) => sum + (shares[row] ?? 0), 0) / both.length;
      return {
        environment,
        pictures: own.length,
        compared: both.length,
        ...(both.length === 0 ? {} : { before: mean(beforeShares), after: mean(afterShares) }),
      };
    }),
  };
}

type Named = { readonly sha256: string; readonly environment: string; readonly label: string };

/** Of the first head without a profile; `undefined` for a picture that was not left out, or that is not found for sure. */
function leftOutShares(artefact: Artefact | undefined, named: readonly Named[]): (number | undefined)[] {
  const { header, leftOut } = artefact ?? {};
  const head = header?.heads[0]?.head;
  const shares = leftOut?.hits.find((hits) => hits.head === head && hits.mode === 'unprofiled')?.shares;
  if (header === undefined || leftOut === undefined || shares === undefined)
    return named.map(() => undefined);
  const found = sharesByPicture(leftOut, header.labels, shares);
  return named.map(({ sha256, environment, label }) => {
    const those = found.get(keyOf(environment, label, Number.parseInt(sha256.slice(-2 * tagBytes), 16)));
    return those?.length === 1 ? those[0] : undefined;
  });
}

function sharesByPicture(
  { sources, tags, classes }: LeftOutRecord,
  labels: readonly string[],
  shares: Uint8Array,
): Map<string, number[]> {
  const found = new Map<string, number[]>();
  let row = 0;
  for (const { name, pictures } of sources) {
    for (const end = row + pictures; row < end; row++) {
      const share = shares[row] as number;
      if (share > shareUnit) continue;
      const tag = (tags[row * tagBytes] as number) * 256 + (tags[row * tagBytes + 1] as number);
      const key = keyOf(name, labels[classes[row] as number] ?? '', tag);
      found.set(key, [...(found.get(key) ?? []), share / shareUnit]);
    }
  }
  return found;
}

function keyOf(environment: string, label: string, tag: number): string {
  return JSON.stringify([environment, label, tag]);
}

/** What the version answers itself. */
async function ownShares(
  { header, heads, mean }: Artefact,
  named: readonly Named[],
  embeddings: Float32Array,
): Promise<(number | undefined)[]> {
  const [first] = heads;
  const dimension = header.embeddingDimension;
  if (first === undefined || embeddings.length !== named.length * dimension) {
    return named.map(() => undefined);
  }
  const compiled = compileHead(first.unprofiled, dimension, mean);
  const answered = await answeredLabels(compiled, embeddings);
  return named.map(({ label }, row) => Number(header.labels[answered[row] ?? 0] === label));
}
