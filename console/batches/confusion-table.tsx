// Classes against the labels they got: as a table where it is small enough to be read, else the largest mistakes as a list.

import type { BatchSummary } from '#shared/contracts/batch.ts';
import { formatCount, formatLabel } from '#shared/figures/format.ts';
import { asWords } from '#shared/pictures/prompts.ts';
import { ColumnHeads } from '../parts/column-heads.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { strings } from '../strings.ts';

const text = strings.batches;

/** Names in a row or a column of a table that can be read. */
const mostNames = 12;
const shownMistakes = 20;

type Cells = BatchSummary['confusion'];

export function ConfusionTable({ summary: { confusion } }: { summary: BatchSummary }) {
  const classes = [...new Set(confusion.map((cell) => cell.class))].sort();
  const answered = [...new Set(confusion.flatMap(({ label }) => label ?? []))];
  const words = new Set(answered.map(asWords));
  // Also those that no picture got: their own pictures stand elsewhere in the row.
  const labels = [...answered, ...classes.filter((own) => !words.has(asWords(own)))].sort();
  const isSmall = classes.length <= mostNames && labels.length <= mostNames;
  return isSmall ? (
    <Matrix cells={confusion} classes={classes} labels={labels} />
  ) : (
    <Mistakes cells={confusion} />
  );
}

type MatrixProps = { cells: Cells; classes: readonly string[]; labels: readonly string[] };

function Matrix({ cells, classes, labels }: MatrixProps) {
  const hasAbstained = cells.some(({ label }) => label === undefined);
  const columns: readonly (string | undefined)[] = hasAbstained ? [...labels, undefined] : labels;
  const count = (own: string, label: string | undefined) =>
    cells.find((cell) => cell.class === own && cell.label === label)?.items ?? 0;
  return (
    <Scroll label={text.confusion}>
      <table class="table confusion">
        <thead>
          <tr>
            <th scope="col">{text.classByLabel}</th>
            {columns.map((label) => (
              <th key={label ?? ''} scope="col">
                {label === undefined ? text.columns.abstained : formatLabel(label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((own) => (
            <tr key={own}>
              <th scope="row">{formatLabel(own)}</th>
              {columns.map((label) => (
                <td key={label ?? ''} class={toneOf(own, label, count(own, label))}>
                  {count(own, label) === 0 ? '·' : formatCount(count(own, label))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function toneOf(own: string, label: string | undefined, items: number): string {
  if (items === 0) return 'is-faint';
  if (label === undefined) return '';
  return asWords(own) === asWords(label) ? 'is-right' : 'is-wrong';
}

function Mistakes({ cells }: { cells: Cells }) {
  const { class: own, label, pictures } = text.columns;
  const mistakes = cells.filter(
    (cell) => cell.label === undefined || asWords(cell.class) !== asWords(cell.label),
  );
  if (mistakes.length === 0) return <p class="hint">{text.noMistakes}</p>;
  return (
    <div class="stack-tight">
      <Scroll label={text.confusion}>
        <table class="table">
          <thead>
            <ColumnHeads columns={[own, label, pictures]} />
          </thead>
          <tbody>
            {mistakes.slice(0, shownMistakes).map((cell) => (
              <tr key={`${cell.class} ${cell.label ?? ''}`}>
                <th scope="row">{formatLabel(cell.class)}</th>
                <td>
                  {cell.label === undefined ? <em>{text.columns.abstained}</em> : formatLabel(cell.label)}
                </td>
                <td>{formatCount(cell.items)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {mistakes.length > shownMistakes && (
        <p class="hint">{text.moreMistakes(mistakes.length - shownMistakes)}</p>
      )}
    </div>
  );
}
