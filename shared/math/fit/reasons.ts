// Why a head answers as it does in a mode: one sentence that a reader can check against the numbers beside it.

import type { HeadName, ModeChoice, ModeName } from '../answer/fitted-head.ts';
import type { Comparison } from './comparison.ts';
import type { Decision, Situation, Step } from './policy.ts';

export function reasonFor(head: HeadName, mode: ModeName, { choice, situation, steps }: Decision): string {
  if (situation.kind !== 'estimated') return withoutEstimate(head, mode, choice, situation);
  const last = steps.findLast(({ taken }) => taken);
  if (last !== undefined) return whyTaken(head, mode, last);
  const [first] = steps;
  if (first === undefined) return whyNothingCompared(head, mode, situation.sources);
  const others = steps.length > 1 ? ', nor does any other candidate convince' : '';
  return `${whyNotTaken(head, mode, first)}${others}: ${named(head, 'plain')}.`;
}

/** What was fixed by the caller is not chosen, only estimated. */
export function reasonForFixed(
  head: HeadName,
  comparison: Comparison | undefined,
  searched: boolean,
): string {
  const first = searched
    ? 'The estimator is fixed by the caller, the rest the best on the same sources, so this is a little too good'
    : 'Fixed by the caller';
  if (comparison === undefined) return `${first}; with no two labelled sources nothing could be estimated.`;
  const { gain, pictureError } = comparison;
  if (gain === 0 && pictureError === 0)
    return `${first}: as right as ${named(head, 'plain')} on sources left out.`;
  const verdict = Math.abs(gain) <= pictureError ? ', within its error' : '';
  return `${first}: ${points(comparison)} against ${named(head, 'plain')} on sources left out${verdict}.`;
}

function withoutEstimate(head: HeadName, mode: ModeName, choice: ModeChoice, situation: Situation): string {
  const result =
    choice === 'plain' ? named(head, 'plain') : `${named(head, choice)} where there is a profile`;
  switch (situation.kind) {
    case 'one-label':
      return `With one label there is nothing to choose between: ${result}.`;
    case 'no-shared-class':
      return `The labelled sources do not hang together by shared classes, so what an environment brings cannot be told from what its classes bring: ${result}.`;
    case 'not-above-chance':
      return `Plain CLIP does not know these classes (${percent(situation.accuracy)} % right on the sources, chance is ${percent(situation.chance)} %): ${result}.`;
    case 'no-labels':
      return mode === 'profiled'
        ? `No source has enough labelled pictures to estimate by: ${result}, untested.`
        : `No source has enough labelled pictures to estimate by: ${result}.`;
    case 'one-source':
      return `${oneSource(mode, situation)}: ${result}.`;
    case 'estimated':
      return `${result}.`;
  }
}

function oneSource(mode: ModeName, situation: Extract<Situation, { kind: 'one-source' }>): string {
  const { plain, centred, aboveChance } = situation;
  if (mode === 'unprofiled') return 'There is one labelled source, so nothing could be left out to choose by';
  if (!aboveChance) {
    return `There is one labelled source and plain CLIP is not above chance on it (${percent(plain)} % right)`;
  }
  const verb = centred > plain ? 'more' : 'no more';
  return `There is one labelled source; about its own mean ${verb} of its pictures are answered right (${percent(centred)} % against ${percent(plain)} %)`;
}

function whyNothingCompared(head: HeadName, mode: ModeName, sources: number): string {
  if (head !== 'zero-shot') return `Without a profile a probe is not centred: ${named(head, 'plain')}.`;
  if (mode === 'unprofiled' && sources < 3) {
    return `Without a profile it takes three labelled sources to choose by, and there are ${sources}: ${named(head, 'plain')}.`;
  }
  return `No candidate could be made from these sources: ${named(head, 'plain')}.`;
}

function whyTaken(head: HeadName, mode: ModeName, { choice, over, comparison, errors }: Step): string {
  const gain = `${subject(choice, mode)}: ${points(comparison)} against ${named(head, over)} on sources left out`;
  const { winning, sources } = comparison;
  if (errors > 0) return `${gain}, above zero in ${winning} of ${sources.length} of them.`;
  return comparison.gain > comparison.pictureError
    ? `${gain}.`
    : `${gain}, within its error; with a profile, centring stands unless it loses.`;
}

function whyNotTaken(head: HeadName, mode: ModeName, { choice, over, comparison, errors }: Step): string {
  const { gain, pictureError, winning, sources } = comparison;
  const what = `${subject(choice, mode)}: ${points(comparison)} against ${named(head, over)} on sources left out`;
  if (gain <= 0) return `${what}, no gain`;
  if (gain <= errors * pictureError)
    return `${what}, within ${errors === 1 ? 'one standard error' : 'two standard errors'}`;
  return `${what}, but above zero in ${winning} of ${sources.length} of them alone`;
}

function named(head: HeadName, choice: ModeChoice): string {
  const plain = { 'zero-shot': 'plain CLIP', probe: 'the plain probe', wise: 'plain WiSE' }[head];
  return {
    plain,
    centred: 'centred',
    edits: 'the subspace off the edits',
    environments: 'the subspace off edits and environments',
    dimension: 'the leading dimensions',
    fixed: 'what is fixed',
  }[choice];
}

function subject(choice: ModeChoice, mode: ModeName): string {
  const about = mode === 'profiled' ? 'the mean of a profile' : 'the mean of the sources';
  return {
    plain: 'Plain CLIP',
    centred: `Centred on ${about}`,
    edits: `Centred on ${about}, in the subspace that edits move least`,
    environments: `Centred on ${about}, in the subspace that edits and environments move least`,
    dimension: 'In the leading dimensions of the pictures',
    fixed: 'As fixed by the caller',
  }[choice];
}

/** `+10.4 ± 0.7 points`: as many decimals as it takes for the rounded numbers to stand to each other as the exact ones do. */
function points({ gain, pictureError }: Comparison): string {
  const agrees = (decimals: number) => {
    const [g, e] = [gain, pictureError].map((value) => Number((100 * value).toFixed(decimals)));
    const difference = gain - pictureError;
    return Math.abs(difference) < 1e-6 || Math.sign((g ?? 0) - (e ?? 0)) === Math.sign(difference);
  };
  const decimals = [1, 2, 3].find(agrees) ?? 3;
  const sign = gain < 0 ? '−' : '+';
  return `${sign}${Math.abs(100 * gain).toFixed(decimals)} ± ${(100 * pictureError).toFixed(decimals)} points`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
