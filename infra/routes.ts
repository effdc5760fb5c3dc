// `npm run routes`: every route of the edge and who may use it, as a table with a column for each scope; `--json` for machines.

import { scopes } from '#shared/contracts/names.ts';
import { type Route, scopesOf } from '../edge/http/route.ts';
import { routeTable } from '../edge/routes/route-table.ts';

const columns = [...scopes, 'metrics', 'admin', 'public'] as const;
const mark = '●';

function print(routes: readonly Route[]): void {
  const width = Math.max(...routes.map(({ path }) => path.length));
  const line = (method: string, path: string, cells: readonly string[]) =>
    [method.padEnd(6), path.padEnd(width), ...cells].join('  ').trimEnd();
  console.log(line('', '', columns));
  for (const [index, route] of routes.entries()) {
    const { method, path } = route;
    // A line between resources makes the long table readable.
    if (resourceOf(path) !== resourceOf(routes[index - 1]?.path ?? '')) console.log();
    const held = scopesOf(route);
    const cells = columns.map((scope) =>
      (held.includes(scope) ? mark : '').padStart(Math.ceil(scope.length / 2)).padEnd(scope.length),
    );
    console.log(line(method, path, cells));
  }
  console.log(
    "\nA key needs one of the scopes marked. `admin` is the operator's secret, `metrics` that or the lesser METRICS_SECRET; `public` needs nothing.",
  );
}

function resourceOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  return first === 'v1' ? second : '';
}

if (process.argv.includes('--json')) {
  const rows = routeTable.map((route) => ({
    method: route.method,
    path: route.path,
    scopes: scopesOf(route),
  }));
  console.log(JSON.stringify(rows, undefined, 2));
} else {
  print(routeTable);
}
