// How many pictures each environment has of each class. Many classes are summed up rather than listed.

import { formatCount, formatLabel } from '#shared/figures/format.ts';
import { Scroll } from '../parts/scroll.tsx';
import { strings } from '../strings.ts';
import type { CountTable } from './picture-tree.ts';

const listedClasses = 12;

export function CountTableView({ table }: { table: CountTable }) {
  const { environments, classes, counts, totals } = table;
  const listed = classes.length <= listedClasses ? classes : [];
  return (
    <Scroll label={strings.fit.countCaption}>
      <table class="table">
        <caption class="sr-only">{strings.fit.countCaption}</caption>
        <thead>
          <tr>
            <th scope="col">{strings.fit.environment}</th>
            {listed.map((name) => (
              <th key={name} scope="col">
                {formatLabel(name)}
              </th>
            ))}
            <th scope="col">{strings.fit.classes}</th>
            <th scope="col">{strings.fit.pictures}</th>
          </tr>
        </thead>
        <tbody>
          {environments.map((environment, row) => {
            const own = counts[row] ?? [];
            return (
              <tr key={environment}>
                <th scope="row">{environment}</th>
                {listed.map((name, column) => (
                  <td key={name}>{own[column] === 0 ? '·' : formatCount(own[column] ?? 0)}</td>
                ))}
                <td>{own.filter((count) => count > 0).length}</td>
                <td>{formatCount(totals[row] ?? 0)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
