// `npm run routes`: every route of the edge and who may use it, as a table; `--json` for machines.

import { type Route, scopesOf } from '../edge/route.ts';
import { routeTable } from '../edge/routes/route-table.ts';

type Row = { readonly method: string; readonly path: string; readonly scope: string };

function rowOf(route: Route): Row {
  return { method: route.method, path: route.path, scope: scopesOf(route).join(' | ') };
}

function print(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ path }) => path.length));
  for (const { method, path, scope } of rows) {
    console.log(`${method.padEnd(6)} ${path.padEnd(width)}  ${scope}`);
  }
}

const rows = routeTable.map(rowOf);
if (process.argv.includes('--json')) console.log(JSON.stringify(rows, undefined, 2));
else print(rows);
