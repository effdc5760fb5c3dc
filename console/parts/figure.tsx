// Shows a figure of shared/figures. Its markup escapes whatever it was given, and carries no styles or scripts.

import type { Markup } from '#shared/figures/markup.ts';

export function Figure({ markup }: { markup: Markup }) {
  return <div class="figure" dangerouslySetInnerHTML={{ __html: markup.toString() }} />;
}
