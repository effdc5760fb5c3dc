// The report of `clip-icm demo`: one projection fitted through the public API, and how it did in environments it never saw, without
// a profile of them and with one.

import type { FitReport } from '../contracts/fit-report.ts';
import { describeEdits, renderCandidates, renderModes } from './fit-report-tables.ts';
import { formatCount, formatMilliseconds, formatPercent } from './format.ts';
import { formatGain, renderGainWithError } from './gain.ts';
import { type Markup, markup } from './markup.ts';
import { headWords, modeWords } from './mode-words.ts';
import { type PictureCase, renderPictureGrid } from './picture-grid.ts';
import { renderFacts, renderReport, type Section } from './report-page.ts';
import { renderTable, type TableRow } from './table.ts';

/**
 * Shares of pictures answered rightly: by the plain head, by what `auto` chose without a profile and with one, and with the profile's
 * mean taken out and nothing projected away. `gain` is of the last over the first; its error is over pictures.
 */
export type HeadScores = {
  plain: number;
  unprofiled: number;
  profiled: number;
  centred: number;
  gain: number;
  standardError: number;
};

export type DemoScores = { pictures: number; zeroShot: HeadScores; probe: HeadScores };

export type DemoReport = {
  model: { id: string; revision: string };
  labels: number;
  /** Of each target, without labels; not scored. */
  profilePictures: number;
  sources: { environments: readonly string[]; pictures: number };
  targets: readonly (DemoScores & { name: string; isSimulated: boolean })[];
  /** Over all scored pictures together. */
  all: DemoScores;
  report: FitReport;
  /** Medians. */
  latencyMs: { picture: number; repeated: number; embedding: number };
  /** By plain CLIP, and zero-shot with a profile. */
  pictures: {
    corrected: number;
    broken: number;
    mostCorrected: readonly PictureCase[];
    mostBroken: readonly PictureCase[];
  };
};

export function renderDemoReport(demo: DemoReport): string {
  const { all, labels, model, profilePictures, sources, targets } = demo;
  return renderReport({
    title: 'Unseen styles and cameras, without a single new label',
    lead:
      `A projection fitted on ${sources.environments.length} coloured emoji styles, tried on ${formatCount(all.pictures)} pictures of ` +
      `${targets.length} styles and simulated cameras it never saw. ${labels} labels, model ${model.id}.`,
    headlines: [
      { label: 'plain CLIP', value: formatPercent(all.zeroShot.plain), unit: '%' },
      {
        label: `with a profile: ${profilePictures} pictures of each, without labels`,
        value: formatPercent(all.zeroShot.centred),
        unit: '%',
        note: `${formatGain(all.zeroShot.gain, all.zeroShot.standardError)} points; ${demo.pictures.corrected} pictures put right, ${demo.pictures.broken} spoilt`,
      },
      {
        label: 'a linear probe, without and with the profile',
        value: `${formatPercent(all.probe.plain)} → ${formatPercent(all.probe.centred)}`,
        unit: '%',
        note: `${formatGain(all.probe.gain, all.probe.standardError)} points`,
      },
    ],
    sections: [
      zeroShotSection(demo),
      probeSection(demo),
      pictureSection(demo),
      choiceSection(demo),
      speedSection(demo),
    ],
    footer: `Written by clip-icm demo through the public HTTP API. Model ${model.id}, revision ${model.revision.slice(0, 12)}.`,
  });
}

const columns = (plain: string) => [
  'accuracy, %',
  'pictures',
  plain,
  'auto, no profile',
  'auto, with a profile',
  'means taken out, with a profile',
  `over ${plain}`,
];

function scoreTable(
  { targets, all }: DemoReport,
  head: 'zeroShot' | 'probe',
  plain: string,
  caption: string,
) {
  const cells = (scores: DemoScores) => {
    const { plain: least, unprofiled, profiled, centred, gain, standardError } = scores[head];
    return [
      formatCount(scores.pictures),
      formatPercent(least),
      formatPercent(unprofiled),
      formatPercent(profiled),
      formatPercent(centred),
      renderGainWithError(gain, standardError),
    ];
  };
  const rows: TableRow[] = [
    ...targets.map((target) => ({
      name: target.isSimulated ? markup`${target.name} <small>simulated</small>` : target.name,
      cells: cells(target),
    })),
    { name: 'all', cells: cells(all), strong: true },
  ];
  return renderTable({ caption, columns: columns(plain), rows });
}

function zeroShotSection(demo: DemoReport): Section {
  return {
    title: 'Zero-shot: each label is known by its words alone',
    introduction: `Fitted on ${demo.sources.environments.join(', ')}. The profile is the mean of ${demo.profilePictures} unlabelled pictures of the environment; they are not scored.`,
    body: scoreTable(
      demo,
      'zeroShot',
      'plain CLIP',
      'Zero-shot accuracy in environments the fit never saw, in per cent',
    ),
  };
}

function probeSection(demo: DemoReport): Section {
  return {
    title: `${headWords.probe}: a classifier trained on the labelled pictures of the fit`,
    introduction: 'It has seen pictures of every label, but none of these environments.',
    body: scoreTable(
      demo,
      'probe',
      'plain probe',
      'Accuracy of the linear probe in environments the fit never saw, in per cent',
    ),
  };
}

function pictureSection({ pictures }: DemoReport): Section {
  const grid = (cases: readonly PictureCase[]): Markup =>
    cases.length === 0
      ? markup`<p>None.</p>`
      : renderPictureGrid(cases, { beforeName: 'plain CLIP', afterName: 'with a profile' });
  return {
    title: 'Pictures it changed',
    introduction:
      'The true label carries a tick. Shown are the pictures whose true label gained or lost most.',
    body: markup`<h3>Most corrected</h3>${grid(pictures.mostCorrected)}<h3>Most broken</h3>${grid(pictures.mostBroken)}`,
  };
}

function choiceSection({ report }: DemoReport): Section {
  const reasons = report.heads.flatMap((head) => [
    markup`<li>${headWords[head.head]}, ${modeWords.unprofiled}: ${head.unprofiled.reason}</li>`,
    markup`<li>${headWords[head.head]}, ${modeWords.profiled}: ${head.profiled.reason}</li>`,
  ]);
  const edits = describeEdits(report);
  return {
    title: 'What the fit expected, and why it chose so',
    introduction: 'Each source left out in turn. A difference within its error is grey: it is no gain.',
    body: markup`${describeUnused(report) && markup`<p>${describeUnused(report)}</p>`}${renderModes(report)}<ul>${reasons}</ul>${edits && markup`<p>${edits}</p>`}${renderCandidates(report)}`,
  };
}

function speedSection({ latencyMs }: DemoReport): Section {
  return {
    title: 'How long an answer takes',
    introduction: 'Medians over HTTP on the machine that ran the demo.',
    body: renderFacts([
      ['A picture seen for the first time', formatMilliseconds(latencyMs.picture)],
      ['The same picture again', formatMilliseconds(latencyMs.repeated)],
      ['An embedding', formatMilliseconds(latencyMs.embedding)],
    ]),
  };
}

/** What to know where `auto` leaves a profile unused although the tables above show what it does; else nothing. */
export function describeUnused({ heads, sources }: FitReport): string | undefined {
  const unused = heads.filter(
    ({ profiled }) => profiled.choice === 'plain' || profiled.choice === 'dimension',
  );
  if (unused.length === 0) return undefined;
  const names = unused.map(({ head }) => headWords[head]).join(' and ');
  return (
    `auto leaves the profile unused (${names}): it judges by the ${sources.length} sources alone, and these are too much alike to show ` +
    'what a new camera does. Where you expect pictures unlike the sources, ask for the estimator identity, which takes means out ' +
    'and projects nothing away.'
  );
}
