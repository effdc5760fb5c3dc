// A modal dialog: the browser's own, which traps focus, closes on Escape and gives focus back.

import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { ToldHere } from './told.tsx';

type DialogProps = { title: string; onClose: () => void; children: ComponentChildren };

/** Open for as long as it is rendered. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const isShown = useRef(false);
  // Before the frame is drawn: whatever stands behind it takes no click or key any more.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    isShown.current = true;
    return () => {
      // Taken away while open it would give the focus back to nobody. That it closes is no news to whoever took it away.
      isShown.current = false;
      dialog?.close();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={titleId}
      onClose={() => {
        if (isShown.current) onClose();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
      <ToldHere />
    </dialog>
  );
}
