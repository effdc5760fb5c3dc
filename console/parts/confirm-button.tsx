// A button for what cannot be undone: asks before it, naming what will be lost, and tells that it was done.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import { ActionButton } from './action-button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNotice } from './notice.tsx';
import { OfRow } from './of-row.tsx';
import { useTell } from './told.tsx';
import { useAction } from './use-action.ts';

type ConfirmButtonProps = {
  /** On the button, and on the one that confirms. */
  label: string;
  look?: 'danger' | 'danger small' | 'primary small' | 'quiet small';
  /** Which of its row, where every row has such a button. */
  of?: string;
  /** What is asked. */
  title: string;
  /** What will be lost. */
  children: ComponentChildren;
  /** Said when it was done: what it was done to is no longer there to be seen. */
  told: string;
  onConfirm: () => Promise<void>;
};

export function ConfirmButton({ label, look, of, ...asked }: ConfirmButtonProps) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        class={look === undefined ? 'button' : `button ${look}`}
        onClick={() => setAsking(true)}
      >
        {label}
        {of !== undefined && <OfRow what={of} />}
      </button>
      {isAsking && <ConfirmDialog {...asked} label={label} onClose={() => setAsking(false)} />}
    </>
  );
}

type ConfirmDialogProps = Omit<ConfirmButtonProps, 'look' | 'of'> & { onClose: () => void };

function ConfirmDialog({ title, children, label, told, onConfirm, onClose }: ConfirmDialogProps) {
  const tell = useTell();
  const confirm = useAction(async () => {
    await onConfirm();
    onClose();
    tell(told);
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      <ErrorNotice error={confirm.error} />
      <div class="actions">
        <button type="button" class="button" onClick={onClose}>
          {strings.common.cancel}
        </button>
        <ActionButton action={confirm} kind="danger">
          {label}
        </ActionButton>
      </div>
    </Dialog>
  );
}
