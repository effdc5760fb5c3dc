// The report of a fit: what each head answers with, with a profile and without, why, and what the interventions were worth.

import type { FitReport } from '#shared/contracts/fit-report.ts';
import {
  describeEdits,
  renderCandidates,
  renderModes,
  renderSources,
  renderVetting,
} from '#shared/figures/fit-report-tables.ts';
import { judgeGain, verdictClass } from '#shared/figures/gain.ts';
import { renderSpectrumPlot } from '#shared/figures/spectrum-plot.ts';
import { Figure } from '../parts/figure.tsx';
import { Notice } from '../parts/notice.tsx';
import { Section } from '../parts/page.tsx';
import { strings } from '../strings.ts';
import { FitHeadline } from './fit-headline.tsx';
import { Curves, FoldTable, foldText, nameOfIntervention } from './selection-figures.tsx';

type FitReportViewProps = { report: FitReport; spectrum: readonly number[] };

export function FitReportView({ report, spectrum }: FitReportViewProps) {
  const { heads, warnings, interventions, search } = report;
  const candidates = renderCandidates(report);
  const text = strings.report;
  return (
    <>
      {warnings.length > 0 && (
        <Notice tone="note" title={text.warnings}>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      )}
      <FitHeadline heads={heads} />
      <Section
        title={text.modes}
        lead={text.modesLead}
        terms={['profile', 'plain CLIP', 'zero-shot', 'probe', 'WiSE', 'selection']}
      >
        <div class="stack">
          <Figure markup={renderModes(report)} />
          <Sources report={report} />
          {candidates !== undefined && (
            <details class="more">
              <summary>{text.candidates}</summary>
              <Figure markup={candidates} />
            </details>
          )}
        </div>
      </Section>
      {interventions.length > 0 && (
        <Section title={text.interventions} lead={text.vettingLead} terms={['intervention', 'probe']}>
          <div class="stack">
            <p class={verdictOfEdits(report)}>{describeEdits(report) ?? text.editsUnknown}</p>
            <Figure markup={renderVetting(interventions, nameOfIntervention)} />
          </div>
        </Section>
      )}
      {search !== undefined && search.folds.length > 0 && (
        <Section title={foldText(search).title} lead={foldText(search).lead}>
          <FoldTable report={search} />
        </Section>
      )}
      {search === undefined ? <Spectrum values={spectrum} /> : <Curves report={search} spectrum={spectrum} />}
    </>
  );
}

/** What the edits cost is told from what they earned by colour too; what is within its error by neither. */
function verdictOfEdits({ edits }: FitReport): string {
  if (edits === undefined) return '';
  return verdictClass[judgeGain(edits.gain, edits.environmentError)];
}

function Sources({ report }: { report: FitReport }) {
  const table = renderSources(report);
  const meanOnly = report.sources.filter(({ role }) => role === 'mean-only').map(({ name }) => name);
  return (
    <>
      {table !== undefined && (
        <>
          <h3>{strings.report.bySource}</h3>
          <Figure markup={table} />
        </>
      )}
      {meanOnly.length > 0 && <p class="hint">{strings.report.meanOnly(meanOnly.join(', '))}</p>}
    </>
  );
}

function Spectrum({ values }: { values: readonly number[] }) {
  if (values.length === 0) return null;
  return (
    <Section title={strings.report.spectrum}>
      <div class="charts">
        <Figure markup={renderSpectrumPlot({ lists: [{ name: 'ρ', values }] })} />
      </div>
    </Section>
  );
}
