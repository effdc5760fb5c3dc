// A well-formed request for any route of the table, made from the route itself: its example body, or a small picture
// where it takes raw bytes.

import { readFile } from 'node:fs/promises';
import type { Route } from '../../edge/http/route.ts';

const picture = await readFile(new URL('../fixtures/images/small.png', import.meta.url));

/** Fills the path's parameters; the ones not given get an id that nothing has. */
export function pathFor(route: Route, params: Readonly<Record<string, string>> = {}): string {
  return route.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? `none-${'0'.repeat(8)}`),
  );
}

export function paramNames(route: Route): string[] {
  return [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}

export function requestFor(route: Route, headers: Readonly<Record<string, string>>): RequestInit {
  const { method } = route;
  if (route.bodyExample !== undefined) {
    const body = JSON.stringify(route.bodyExample);
    return { method, headers: { 'content-type': 'application/json', ...headers }, body };
  }
  const [rawType] = route.raw ?? [];
  if (rawType === undefined) return { method, headers };
  return { method, headers: { 'content-type': rawType.replace('*', 'png'), ...headers }, body: picture };
}
