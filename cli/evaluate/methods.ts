// What an evaluation compares, and how each is called in tables.

/**
 * `identity` is plain CLIP and always measured. `centred`, `edits`, `environments` and `dimension` are the candidates of `auto`, each
 * for itself. A single estimator takes its best λ′ and k on left-out sources, uncentred, and answers without a profile.
 */
export const methods = [
  'identity',
  'auto',
  'centred',
  'edits',
  'environments',
  'dimension',
  'icm',
  'nap',
  'soft',
  'gevd',
  'reference',
] as const;
export type Method = (typeof methods)[number];

/**
 * Measured on request: what the literature has that is near, not served; and `profile alone`, plain CLIP about the mean of its
 * profile with no sources to lean on, which the service answers with where a request asks for it.
 */
export const neighbours = ['profile alone', 'distribution normalization', 'transclip'] as const;
export type Neighbour = (typeof neighbours)[number];

const names: Readonly<Record<string, string>> = {
  identity: 'plain CLIP',
  edits: '(b) edits',
  environments: '(b′) edits and environments',
  dimension: 'dimension alone',
  icm: 'icm, as in the paper',
};

/** `profile` is how many pictures of the target its mean was taken from, where one was used. */
export function methodName(method: string, profile?: number): string {
  const name = names[method] ?? method;
  return profile === undefined ? name : `${name}, profile of ${profile}`;
}
