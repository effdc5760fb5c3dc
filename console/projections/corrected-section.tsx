// How a version does on the corrected pictures that it took in, before and after, by environment.

import type { CorrectionsReport } from '#shared/contracts/correction.ts';
import { formatPercent } from '#shared/figures/format.ts';
import { renderTable } from '#shared/figures/table.ts';
import { Figure } from '../parts/figure.tsx';
import { Section } from '../parts/page.tsx';
import { strings } from '../strings.ts';

export function CorrectedSection({ report }: { report: CorrectionsReport }) {
  const share = (value: number | undefined) => (value === undefined ? '' : formatPercent(value));
  return (
    <Section title={strings.projections.corrected} lead={strings.projections.correctedLead}>
      <Figure
        markup={renderTable({
          caption: strings.projections.correctedCaption,
          columns: ['', ...strings.projections.correctedColumns],
          rows: report.environments.map(({ environment, pictures, compared, before, after }) => ({
            name: environment,
            cells: [pictures, compared, share(before), share(after)],
          })),
        })}
      />
    </Section>
  );
}
