// Shows a new secret, of a key or a webhook, once.

import { CopyButton } from '../parts/copy-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { strings } from '../strings.ts';

type NewSecretDialogProps = { title: string; warning: string; secret: string; onClose: () => void };

export function NewSecretDialog({ title, warning, secret, onClose }: NewSecretDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{warning}</p>
      <div class="secret">
        <code>{secret}</code>
        <CopyButton text={secret} />
      </div>
      <div class="actions">
        <button type="button" class="button primary" onClick={onClose}>
          {strings.keys.madeDone}
        </button>
      </div>
    </Dialog>
  );
}
