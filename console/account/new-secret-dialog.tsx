// Shows a new key, once.

import type { KeyCreated } from '#shared/contracts/tenant.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { strings } from '../strings.ts';

export function NewSecretDialog({ created, onClose }: { created: KeyCreated; onClose: () => void }) {
  return (
    <Dialog title={strings.keys.madeTitle(created.name)} onClose={onClose}>
      <p>{strings.keys.madeWarning}</p>
      <div class="secret">
        <code>{created.key}</code>
        <CopyButton text={created.key} />
      </div>
      <div class="actions">
        <button type="button" class="button primary" onClick={onClose}>
          {strings.keys.madeDone}
        </button>
      </div>
    </Dialog>
  );
}
