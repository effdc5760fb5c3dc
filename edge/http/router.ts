// Finds the route of a path: at once where the path is a route's own, else through Hono's tree. Hono's fast router, one
// regular expression, refuses this API's paths (`/projections/artefacts` beside `/projections/:projection/refits`).

import type { Result, Router } from 'hono/router';
import { TrieRouter } from 'hono/router/trie-router';

/** A path without parameters shuts out those with parameters that it also fits: no handler here calls the next one. */
export class StaticFirstRouter<T> implements Router<T> {
  readonly name = 'StaticFirstRouter';
  readonly #fixed = new Map<string, Result<T>>();
  readonly #tree = new TrieRouter<T>();

  add(method: string, path: string, handler: T): void {
    const isFixed = method !== 'ALL' && !/[:*]/.test(path);
    if (isFixed && !this.#fixed.has(`${method} ${path}`))
      this.#fixed.set(`${method} ${path}`, [[[handler, {}]]]);
    this.#tree.add(method, path, handler);
  }

  match(method: string, path: string): Result<T> {
    return this.#fixed.get(`${method} ${path}`) ?? this.#tree.match(method, path);
  }
}
