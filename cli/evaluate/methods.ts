// What an evaluation compares, and how each is called in tables.

/** `identity` is plain CLIP and always measured. A single estimator takes its best λ′ and k on left-out sources. */
export const methods = ['identity', 'auto', 'icm', 'nap', 'soft', 'gevd', 'reference'] as const;
export type Method = (typeof methods)[number];

const names: Readonly<Record<string, string>> = { identity: 'plain CLIP' };

export function methodName(method: string): string {
  return names[method] ?? method;
}
