// What a batch came to: right answers by environment, answers by label, and what was taken for what.

import type { BatchSummary } from '#shared/contracts/batch.ts';
import { formatCount, formatLabel } from '#shared/figures/format.ts';
import { ColumnHeads } from '../parts/column-heads.tsx';
import { formatShare } from '../parts/format.ts';
import { Section } from '../parts/page.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { strings } from '../strings.ts';
import { ConfusionTable } from './confusion-table.tsx';

const text = strings.batches;
const shownLabels = 30;

export function BatchSummaryView({ summary }: { summary: BatchSummary }) {
  const { failures, known } = summary;
  return (
    <>
      <Section title={text.summary} lead={known > 0 ? text.summaryLead : text.summaryUnknown}>
        <Environments summary={summary} />
        {failures.length > 0 && (
          <p class="hint">
            {text.failures} {failures.map(({ code, items }) => text.failure(items, code)).join(', ')}
          </p>
        )}
      </Section>
      {known > 0 && (
        <Section title={text.confusion} lead={text.confusionLead}>
          <ConfusionTable summary={summary} />
        </Section>
      )}
      <Section title={text.labels}>
        <Labels summary={summary} />
      </Section>
    </>
  );
}

function Environments({ summary }: { summary: BatchSummary }) {
  const { environment, pictures, accuracy, abstained, failed, confidence } = text.columns;
  const rows = [...summary.environments, { ...summary, name: text.all }];
  return (
    <Scroll label={text.summary}>
      <table class="table stacks">
        <thead>
          <ColumnHeads columns={[environment, pictures, accuracy, abstained, failed, confidence]} />
        </thead>
        <tbody>
          {rows.map((counts, index) => (
            <tr key={counts.name} class={index === rows.length - 1 ? 'is-sum' : undefined}>
              <th scope="row">{counts.name}</th>
              <td data-label={pictures}>{formatCount(counts.items)}</td>
              <td data-label={accuracy}>
                {counts.accuracy === undefined ? null : (
                  <>
                    {formatShare(counts.accuracy)}{' '}
                    <small class="faint">
                      {text.rightOf(formatCount(counts.right), formatCount(counts.known))}
                    </small>
                  </>
                )}
              </td>
              <td data-label={abstained}>{formatCount(counts.abstained)}</td>
              <td data-label={failed}>{formatCount(counts.failed)}</td>
              <td data-label={confidence}>
                {counts.meanConfidence === undefined ? null : formatShare(counts.meanConfidence)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Labels({ summary: { labels } }: { summary: BatchSummary }) {
  const most = labels[0]?.items ?? 1;
  return (
    <div class="stack-tight">
      <ul class="label-counts">
        {labels.slice(0, shownLabels).map(({ label, items }) => (
          <li key={label}>
            <span>{formatLabel(label)}</span>
            <meter min={0} max={most} value={items} aria-label={text.labelCount(formatLabel(label), items)} />
            <span class="number">{formatCount(items)}</span>
          </li>
        ))}
      </ul>
      {labels.length > shownLabels && <p class="hint">{text.moreLabels(labels.length - shownLabels)}</p>}
    </div>
  );
}
