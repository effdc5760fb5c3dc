// What a fit says of itself, as tables: each head with and without a profile, source by source, what else was tried, and how the
// interventions fared.

import type { FitReport, HeadReport, InterventionVerdict } from '../contracts/fit-report.ts';
import { formatCount, formatPercent } from './format.ts';
import { formatGain, renderGain, renderGainWithError } from './gain.ts';
import { type Markup, type MarkupValue, markup } from './markup.ts';
import { describeMode, headWords, modeWords, plainWords } from './mode-words.ts';
import { renderTable, type TableRow } from './table.ts';

/** Without a profile first: it is what answers where a request names no environment. */
export const modeOrder = ['unprofiled', 'profiled'] as const;

const none = '–';

/** What each head answers with in either mode, and what it gains by it on sources left out. */
export function renderModes({ heads }: Pick<FitReport, 'heads'>): Markup {
  return renderTable({
    caption: 'Accuracy on sources left out in turn, classes weighing the same, in per cent',
    columns: [
      'accuracy, %',
      'answers by',
      'plain',
      'with it',
      'gain, points',
      '± over pictures',
      '± over environments',
    ],
    rows: heads.flatMap((head, index) => headRows(head, index > 0)),
  });
}

function headRows(head: HeadReport, isSeparated: boolean): TableRow[] {
  return modeOrder.map((name, index) => {
    const mode = head[name];
    const { estimate } = mode;
    const figures: MarkupValue[] =
      estimate === undefined
        ? [none, none, none, none, none]
        : [
            formatPercent(estimate.plain),
            formatPercent(estimate.accuracy),
            mode.choice === 'plain' ? none : renderGain(estimate.gain, estimate.environmentError),
            mode.choice === 'plain' ? none : formatPercent(estimate.pictureError),
            mode.choice === 'plain' ? none : formatPercent(estimate.environmentError),
          ];
    return {
      name: markup`${headWords[head.head]} <small>${modeWords[name]}</small>`,
      cells: [describeMode(head.head, mode), ...figures],
      separated: isSeparated && index === 0,
    };
  });
}

/** The gain on each source while it was left out; `undefined` where nothing could be left out. */
export function renderSources({ heads }: Pick<FitReport, 'heads'>): Markup | undefined {
  const rows = heads.flatMap((head) => modeOrder.map((name) => ({ head, name, mode: head[name] })));
  const estimated = rows.filter(({ mode }) => mode.choice !== 'plain' && mode.estimate !== undefined);
  const names = [
    ...new Set(estimated.flatMap(({ mode }) => mode.estimate?.sources.map((source) => source.name) ?? [])),
  ];
  if (names.length === 0) return undefined;
  return renderTable({
    caption: 'Gain on each source left out, in points, with its error over pictures',
    columns: ['gain, points', ...names],
    rows: estimated.map(({ head, name, mode }) => ({
      name: markup`${headWords[head.head]} <small>${modeWords[name]}</small>`,
      cells: names.map((source) => {
        const own = mode.estimate?.sources.find((candidate) => candidate.name === source);
        return own === undefined ? none : renderGainWithError(own.gain, own.standardError);
      }),
    })),
  });
}

/** Everything that was weighed, chosen or not; `undefined` where nothing was. */
export function renderCandidates({ heads }: Pick<FitReport, 'heads'>): Markup | undefined {
  const rows = heads.flatMap((head) =>
    modeOrder.flatMap((name) =>
      head.candidates.filter(({ mode }) => mode === name).map((candidate) => ({ head, candidate })),
    ),
  );
  if (rows.length === 0) return undefined;
  return renderTable({
    caption: 'Everything that was weighed, on sources left out',
    columns: ['accuracy, %', 'candidate', 'with it', 'gain over plain, points', 'taken'],
    rows: rows.map(({ head, candidate: { mode, choice, dimension, estimate } }, index) => ({
      name: markup`${headWords[head.head]} <small>${modeWords[mode]}</small>`,
      cells: [
        describeMode(head.head, { choice, dimension }),
        formatPercent(estimate.accuracy),
        choice === 'plain' ? none : renderGainWithError(estimate.gain, estimate.environmentError),
        head[mode].choice === choice ? 'yes' : 'no',
      ],
      separated: index > 0 && rows[index - 1]?.candidate.mode !== mode,
    })),
  });
}

/** How each intervention fared: `names` says what a reader calls them. */
export function renderVetting(
  interventions: readonly InterventionVerdict[],
  nameOf: (name: string) => string = (name) => name,
): Markup {
  return renderTable({
    caption: 'Interventions, and whether they keep the content',
    columns: [
      'intervention',
      'pairs',
      'unchanged pictures',
      'answers flipped, %',
      'probe before, %',
      'probe after, %',
      'used',
    ],
    rows: interventions.map(({ name, pairs, noOps, flipRate, probe, used }) => ({
      name: nameOf(name),
      cells: [
        formatCount(pairs),
        formatCount(noOps),
        flipRate === undefined ? none : formatPercent(flipRate),
        probe === undefined ? none : formatPercent(probe.before),
        probe === undefined ? none : formatPercent(probe.after),
        used ? 'yes' : 'no',
      ],
    })),
  });
}

/** What the edits earned, in a sentence; `undefined` where it could not be told. */
export function describeEdits({ edits }: Pick<FitReport, 'edits'>): string | undefined {
  if (edits === undefined) return undefined;
  const { gain, pictureError, environmentError } = edits;
  const figures = `${formatGain(gain, environmentError)} points (± ${formatPercent(pictureError)} over pictures alone)`;
  const verdict =
    Math.abs(gain) <= environmentError
      ? 'which is within its error: a fit without them would do as well, and encode less'
      : gain > 0
        ? 'which is beyond its error'
        : 'which is a loss beyond its error: nothing would be lost by fitting without them';
  return `Beside taking means out alone, zero-shot with a profile, the edits earned ${figures}, ${verdict}.`;
}

/** What the estimate of a mode is, beside its plain counterpart, for a terminal. */
export function describeEstimate(head: HeadReport, name: (typeof modeOrder)[number]): string {
  const { choice, estimate } = head[name];
  if (estimate === undefined) return 'no estimate';
  if (choice === 'plain') return `${plainWords[head.head]} ${formatPercent(estimate.plain)} %`;
  const gain = formatGain(estimate.gain, estimate.environmentError);
  return `${formatPercent(estimate.plain)} % -> ${formatPercent(estimate.accuracy)} %, ${gain}`;
}
