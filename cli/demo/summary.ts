// What the demo found, as the one JSON object that `--json` prints and as text for a terminal.

import { type DemoScores, describeUnused } from '#figures/demo-report.ts';
import { formatMilliseconds, formatPercent } from '#figures/format.ts';
import { formatGain, judgeGain } from '#figures/gain.ts';
import { describeMode, modeWords } from '#figures/mode-words.ts';
import type { FitReport, HeadReport } from '#shared/contracts/fit-report.ts';
import { formatTable } from '../terminal/output.ts';
import type { LatencyMs } from './measure-latency.ts';
import type { DemoOutcome } from './run-demo.ts';
import { profilePictures } from './sample-pictures.ts';
import { scoresOf } from './score.ts';

export type DemoSummary = {
  readonly model: string;
  readonly classes: number;
  readonly sources: { readonly environments: readonly string[]; readonly pictures: number };
  readonly profilePictures: number;
  /** Environments that the fit never saw; the pictures of their profiles are not scored. */
  readonly targets: readonly (DemoScores & { readonly name: string; readonly isSimulated: boolean })[];
  /** Over all scored pictures together. */
  readonly all: DemoScores;
  /** What `auto` chose for each head, and what it expected of it. */
  readonly report: FitReport;
  /** Medians. */
  readonly latencyMs: LatencyMs;
};

export function summarise({
  samples,
  projection,
  labels,
  report,
  answered,
  latencyMs,
}: DemoOutcome): DemoSummary {
  return {
    model: projection.model?.id ?? 'unknown',
    classes: labels.length,
    sources: { environments: samples.sourceStyles, pictures: samples.sources.length },
    profilePictures,
    targets: samples.targets.map(({ name, isSimulated }) => ({
      name,
      isSimulated,
      ...scoresOf(answered.filter(({ target }) => target.name === name)),
    })),
    all: scoresOf(answered),
    report,
    latencyMs,
  };
}

export function describeDemo(summary: DemoSummary, reportFile: string, seconds: number): string {
  const { latencyMs, sources } = summary;
  const facts = [
    ['fitted on', `${sources.environments.join(', ')} (${sources.pictures} pictures)`],
    ['model', `${summary.model}, ${summary.classes} classes`],
    ...summary.report.heads.flatMap(describeChoice),
    ['answers in', `${formatMilliseconds(latencyMs.picture)} for a first picture,`],
    ['', `${formatMilliseconds(latencyMs.repeated)} for it again,`],
    ['', `${formatMilliseconds(latencyMs.embedding)} for an embedding (medians over HTTP)`],
    ['report', reportFile],
    ['took', `${seconds.toFixed(0)} s`],
  ];
  const unused = describeUnused(summary.report);
  return [
    '',
    indent(firstFigure(summary)),
    '',
    indent('Zero-shot: each label is known by its words alone.'),
    indent(scoreTable(summary, 'zeroShot', 'plain CLIP')),
    '',
    indent(
      'Linear probe: a classifier trained on the labelled pictures of the fit; none are of these environments.',
    ),
    indent(scoreTable(summary, 'probe', 'plain probe')),
    '',
    ...(unused === undefined ? [] : [...wrap(unused, 105).map(indent), '']),
    ...facts.map(([name = '', value = '']) => `  ${name.padEnd(15)} ${value}`),
    '',
  ].join('\n');
}

/** What a reader should take along, if nothing else. */
function firstFigure({ all: { pictures, zeroShot } }: DemoSummary): string {
  const { plain, centred, gain, standardError } = zeroShot;
  const verdict = judgeGain(gain, standardError) === 'even' ? ', which is within its error' : '';
  return (
    `Plain CLIP gets ${formatPercent(plain)} % of ${pictures} pictures of unseen styles and simulated cameras right.\n` +
    `With the mean of ${profilePictures} pictures of each, without labels, taken out: ${formatPercent(centred)} %, ` +
    `${formatGain(gain, standardError)} points${verdict}.`
  );
}

function scoreTable({ targets, all }: DemoSummary, head: 'zeroShot' | 'probe', plain: string): string {
  const row = (name: string, scores: DemoScores) => {
    const { plain: least, unprofiled, profiled, centred, gain, standardError } = scores[head];
    const shares = [least, unprofiled, profiled, centred].map((share) => formatPercent(share));
    return [name, scores.pictures, ...shares, formatGain(gain, standardError)];
  };
  const columns = ['accuracy, %', 'pictures', plain, 'auto', 'auto + profile', 'means out + profile', 'gain'];
  const rows = [...targets.map((target) => row(nameOf(target), target)), row('all', all)];
  return formatTable(columns, rows, '');
}

function nameOf({ name, isSimulated }: { readonly name: string; readonly isSimulated: boolean }): string {
  return isSimulated ? `${name} (simulated)` : name;
}

function describeChoice(head: HeadReport): string[][] {
  const line = (name: 'unprofiled' | 'profiled') =>
    `${modeWords[name]}: ${describeMode(head.head, head[name])}`;
  return [
    [`auto, ${head.head}`, line('unprofiled')],
    ['', line('profiled')],
  ];
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
