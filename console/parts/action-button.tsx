// A button that sets off an action, and cannot while it runs.

import type { ComponentChildren } from 'preact';
import type { Action } from './use-action.ts';

type ActionButtonProps = {
  action: Action<[]>;
  kind?: 'primary' | 'small' | 'danger';
  children: ComponentChildren;
};

export function ActionButton({ action, kind, children }: ActionButtonProps) {
  return (
    <button
      type="button"
      class={kind === undefined ? 'button' : `button ${kind}`}
      disabled={action.isRunning}
      onClick={() => void action.run()}
    >
      {children}
    </button>
  );
}
