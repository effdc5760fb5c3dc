// A word with what the glossary says of it: shown while the pointer or the focus is on it, or once it is pressed; Escape puts it away.

import { glossary } from 'virtual:glossary';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import type { Term } from './terms.ts';

function Explained({ term }: { term: Term }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  const tip = useRef<HTMLSpanElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (isOpen && box.current !== null && tip.current !== null) place(tip.current, box.current);
  }, [isOpen]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it is what one acts on; this lets the pointer reach the text.
    <span
      ref={box}
      class="term-box"
      onMouseEnter={() => setOpen(true)}
      onMouseLeave={() => setOpen(false)}
      onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
    >
      <button
        type="button"
        class="term"
        aria-describedby={id}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
      >
        {term}
      </button>
      <span ref={tip} id={id} role="tooltip" class="term-tip" hidden={!isOpen}>
        {glossary[term]}
      </span>
    </span>
  );
}

const marginPx = 8;

/** Below the word, or above it where there is no room; within the window. */
function place(tip: HTMLElement, box: HTMLElement): void {
  const { left, top, bottom } = box.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = tip;
  const room = document.documentElement.clientWidth - offsetWidth - marginPx;
  const fitsBelow = bottom + offsetHeight + marginPx <= innerHeight;
  tip.style.left = `${Math.max(marginPx, Math.min(left, room))}px`;
  tip.style.top = `${fitsBelow ? bottom : Math.max(0, top - offsetHeight)}px`;
}

/** Some words that stand in a text which cannot hold them as buttons. */
export function Words({ terms }: { terms: readonly Term[] }) {
  return (
    <p class="terms">
      <span>{strings.common.words}</span>
      {terms.map((term) => (
        <Explained key={term} term={term} />
      ))}
    </p>
  );
}
