// Focus that is not lost. A button that is pressed and cannot be pressed again while its work runs has it back afterwards; where
// what had it is gone, the heading above has it, so that Tab and a screen reader go on from there and not from the page's top.

import { useLayoutEffect } from 'preact/hooks';

type Focused = {
  readonly element: HTMLElement;
  /** What it stands in, the innermost first. */
  readonly around: readonly Element[];
};

/** For as long as the console is shown. Whoever points elsewhere, or goes on by Tab, is let go. */
export function useKeptFocus(): void {
  useLayoutEffect(() => {
    let last: Focused | undefined;
    const remember = ({ target }: FocusEvent) => {
      last = target instanceof HTMLElement ? { element: target, around: placesOf(target) } : undefined;
    };
    const forget = () => {
      last = undefined;
    };
    const observer = new MutationObserver(() => {
      if (last === undefined || document.activeElement !== document.body) return;
      if (!last.element.isConnected) focusHeading(last.around);
      else if (!last.element.matches(':disabled')) last.element.focus({ preventScroll: true });
    });
    addEventListener('focusin', remember);
    addEventListener('pointerdown', forget);
    observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] });
    return () => {
      observer.disconnect();
      removeEventListener('focusin', remember);
      removeEventListener('pointerdown', forget);
    };
  }, []);
}

function placesOf(element: HTMLElement): readonly Element[] {
  return ['dialog', '.section', 'main'].flatMap((place) => element.closest(place) ?? []);
}

function focusHeading(around: readonly Element[]): void {
  const heading = around.find((place) => place.isConnected)?.querySelector<HTMLElement>('h1, h2');
  if (heading === null || heading === undefined) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
