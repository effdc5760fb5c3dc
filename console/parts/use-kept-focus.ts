// Focus that is not lost. A button that is pressed and cannot be pressed again while its work runs has it back afterwards; where
// what had it is gone, the heading above has it, so that Tab and a screen reader go on from there and not from the page's top. What
// has it by the keyboard is seen whole.

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
      last = target instanceof HTMLElement ? { element: target, around: ancestorsOf(target) } : undefined;
      if (last !== undefined) showWhole(last.element);
    };
    const forget = () => {
      last = undefined;
    };
    // Once what takes it away has done so: what is still there and could have it was left by somebody.
    const letGo = () =>
      queueMicrotask(() => {
        const isLeft = last?.element.isConnected === true && !last.element.matches(':disabled');
        if (isLeft && document.activeElement === document.body) forget();
      });
    const observer = new MutationObserver(() => {
      if (last === undefined || document.activeElement !== document.body) return;
      if (!last.element.isConnected) focusHeading(last.around);
      else if (!last.element.matches(':disabled')) last.element.focus({ preventScroll: true });
    });
    addEventListener('focusin', remember);
    addEventListener('focusout', letGo);
    addEventListener('pointerdown', forget);
    observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] });
    return () => {
      observer.disconnect();
      removeEventListener('focusin', remember);
      removeEventListener('focusout', letGo);
      removeEventListener('pointerdown', forget);
    };
  }, []);
}

/** A browser leaves what is seen in part where it is, if only its edge is. What a pointer presses must not move under it. */
function showWhole(element: HTMLElement): void {
  if (element.tabIndex < 0 || !element.matches(':focus-visible')) return;
  element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function ancestorsOf(element: Element): readonly Element[] {
  const { parentElement } = element;
  return parentElement === null ? [] : [parentElement, ...ancestorsOf(parentElement)];
}

function focusHeading(around: readonly Element[]): void {
  for (const place of around) {
    const heading = place.isConnected ? place.querySelector<HTMLElement>('h1, h2, h3, h4') : null;
    if (heading === null) continue;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    return;
  }
}
