// What a candidate would have answered, as text for people.

import type { ShadowReport } from '#shared/contracts/shadow.ts';
import { formatPercent, formatTable } from '../terminal/output.ts';

export function describeShadow({ name, version, shadow, answers, differing, pairs }: ShadowReport): string {
  const share = answers === 0 ? '' : ` (${formatPercent(differing / answers)})`;
  const first = `${name}@${shadow} beside ${name}@${version}: ${differing} of ${answers} answers differ${share}.`;
  if (pairs.length === 0) return first;
  const rows = pairs.map((pair) => [
    pair.label ?? '(withheld)',
    pair.shadowLabel ?? '(withheld)',
    String(pair.answers),
  ]);
  return `${first}\n${formatTable([`@${version} says`, `@${shadow} says`, 'answers'], rows, '')}`;
}
