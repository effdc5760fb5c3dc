// What is wider than a narrow window, and scrolls by itself: by keyboard too, so it can have the focus, and says what it is.

import type { ComponentChildren } from 'preact';

type ScrollProps = { label: string; isCard?: boolean; children: ComponentChildren };

export function Scroll({ label, isCard = false, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class={isCard ? 'scroll card' : 'scroll'} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
