// A dialog that is a form: its fields, the error it ended with, and two buttons.

import type { ComponentChildren } from 'preact';
import { strings } from '../strings.ts';
import { Dialog } from './dialog.tsx';
import { ErrorNotice } from './notice.tsx';
import type { Action } from './use-action.ts';

type FormDialogProps = {
  title: string;
  children: ComponentChildren;
  submit: Action<[]>;
  submitLabel: string;
  canSubmit?: boolean;
  onClose: () => void;
};

export function FormDialog(props: FormDialogProps) {
  const { title, children, submit, submitLabel, canSubmit = true, onClose } = props;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit.run();
        }}
      >
        {children}
        <ErrorNotice error={submit.error} />
        <div class="actions">
          <button type="button" class="button" onClick={onClose}>
            {strings.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={submit.isRunning || !canSubmit}>
            {submitLabel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
