// How far a profile lies from each source of a projection, in standard errors, along what its heads keep and what they drop.

import { formatNumber } from '#shared/figures/format.ts';
import { renderTable } from '#shared/figures/table.ts';
import { Figure } from '../parts/figure.tsx';
import { strings } from '../strings.ts';
import type { HeadFit } from './use-fits.ts';

export function Distances({ name, heads }: { name: string; heads: readonly HeadFit[] }) {
  const text = strings.environments;
  const groups = [...Map.groupBy(heads, ({ distances }) => JSON.stringify(distances)).values()];
  const parts = groups.flatMap((group) => {
    const distances = group[0]?.distances ?? [];
    const who = group.map(({ head }) => head).join(', ');
    const kept = { name: text.kept(who), values: distances.map((distance) => distance.kept) };
    const hasDropped = distances.some(({ dropped }) => dropped !== undefined);
    const dropped = { name: text.dropped(who), values: distances.map((distance) => distance.dropped) };
    return hasDropped ? [kept, dropped] : [kept];
  });
  const sources = heads[0]?.distances.map(({ source }) => source) ?? [];
  if (sources.length === 0) return null;
  return (
    <details class="more">
      <summary>{text.distancesOf(name)}</summary>
      <p class="hint">{text.distanceHint}</p>
      <Figure
        markup={renderTable({
          caption: text.distanceTable(name),
          columns: [text.source, ...parts.map((part) => part.name)],
          rows: sources.map((source, index) => ({
            name: source,
            cells: parts.map(({ values }) => formatNumber(values[index] ?? Number.NaN)),
          })),
        })}
      />
    </details>
  );
}
