// The three ways to name a projection: an id, a name (its present version), or `name@version`.

import type { Selector } from './projection-store.ts';

export function parseSelector(text: string): Selector {
  if (/^prj_[0-9a-zA-Z]{16,32}$/.test(text)) return { id: text };
  const [name = '', version] = text.split('@');
  return { name, version: version === undefined ? undefined : Number(version) };
}
