// The report of an artefact of the first format, which has one mode and a table of everything its selection tried.

import type { SelectionReport } from '#shared/contracts/fit.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { Section } from '../parts/page.tsx';
import { Headline } from './headline.tsx';
import { Curves, FoldTable, foldText, InterventionTable } from './selection-figures.tsx';

type FirstReportProps = { projection: Projection; report: SelectionReport; spectrum: readonly number[] };

export function FirstReport({ projection, report, spectrum }: FirstReportProps) {
  return (
    <>
      <Headline heads={projection.heads ?? []} selection={report} />
      <Section title={foldText(report).title} lead={foldText(report).lead}>
        <FoldTable report={report} />
      </Section>
      <Curves report={report} spectrum={spectrum} />
      <InterventionTable report={report} />
    </>
  );
}
