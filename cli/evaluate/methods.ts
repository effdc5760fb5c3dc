// What an evaluation compares, and how each is called in tables.

/**
 * `identity` is plain CLIP and always measured. `best` is the best candidate on left-out sources, whatever its standard
 * error: what the guard of `auto` costs or saves. A single estimator takes its best λ′ and k on left-out sources.
 */
export const methods = ['identity', 'auto', 'best', 'icm', 'nap', 'soft', 'gevd', 'reference'] as const;
export type Method = (typeof methods)[number];

const names: Readonly<Record<string, string>> = { identity: 'plain CLIP', best: 'best, unguarded' };

export function methodName(method: string): string {
  return names[method] ?? method;
}
