// A button that sets off an action, and cannot while it runs.

import type { ComponentChildren } from 'preact';
import { OfRow } from './of-row.tsx';
import type { Action } from './use-action.ts';

type ActionButtonProps = {
  action: Action<[]>;
  kind?: 'primary' | 'small' | 'danger';
  /** Which of its row, where every row has such a button. */
  of?: string;
  children: ComponentChildren;
};

export function ActionButton({ action, kind, of, children }: ActionButtonProps) {
  return (
    <button
      type="button"
      class={kind === undefined ? 'button' : `button ${kind}`}
      disabled={action.isRunning}
      onClick={() => void action.run()}
    >
      {children}
      {of !== undefined && <OfRow what={of} />}
    </button>
  );
}
