// Asks before something that cannot be undone, naming what will be lost.

import type { ComponentChildren } from 'preact';
import { strings } from '../strings.ts';
import { ActionButton } from './action-button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNotice } from './notice.tsx';
import { useAction } from './use-action.ts';

type ConfirmDialogProps = {
  title: string;
  children: ComponentChildren;
  confirmLabel: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
};

export function ConfirmDialog({ title, children, confirmLabel, onConfirm, onClose }: ConfirmDialogProps) {
  const confirm = useAction(async () => {
    await onConfirm();
    onClose();
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
          {confirmLabel}
        </ActionButton>
      </div>
    </Dialog>
  );
}
