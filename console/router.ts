// Which screen the address asks for. Screens live in the fragment (`#/projections/prj_…`), so that the edge serves one
// file and needs no fallback.

import { useLayoutEffect, useState } from 'preact/hooks';

export const screens = ['try', 'fit', 'projections', 'environments', 'batches', 'account'] as const;
export type Screen = (typeof screens)[number];

/** `rest`: the decoded segments after the screen's name. No screen where the address names none that there is. */
export type Route = { readonly screen: Screen | undefined; readonly rest: readonly string[] };

export function hrefOf(screen: Screen, ...rest: readonly string[]): string {
  return `#/${[screen, ...rest].map(encodeURIComponent).join('/')}`;
}

export function goTo(screen: Screen, ...rest: readonly string[]): void {
  location.hash = hrefOf(screen, ...rest);
}

/** Goes on from a screen that leads here by itself, so that “back” does not lead into it again. */
export function goOnTo(screen: Screen, ...rest: readonly string[]): void {
  location.replace(hrefOf(screen, ...rest));
}

function parseRoute(hash: string): Route {
  const [name, ...rest] = hash.replace(/^#\/?/, '').split('/').map(decode);
  const screen = screens.find((candidate) => candidate === name);
  return { screen: name === '' || name === undefined ? 'try' : screen, rest: rest.filter(Boolean) };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  // Before the frame is drawn: a link in it may be followed at once.
  useLayoutEffect(() => {
    const update = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return route;
}

/** A mangled address leads to a screen that says there is nothing, not to an exception. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
