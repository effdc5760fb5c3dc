// Rotates a key: a new one with the same rights, the old one working on for a while.

import { useState } from 'preact/hooks';
import type { Key, KeyCreated } from '#shared/contracts/tenant.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';

const graceHours = [0, 1, 24, 168] as const;

type RotateKeyDialogProps = { apiKey: Key; onClose: () => void; onRotated: (key: KeyCreated) => void };

export function RotateKeyDialog({ apiKey, onClose, onRotated }: RotateKeyDialogProps) {
  const { client } = useSession();
  const [hours, setHours] = useState<number>(24);
  const rotate = useAction(async () => {
    const key = await client.keys.rotate(apiKey.id, { graceSeconds: hours * 3600 });
    onClose();
    onRotated(key);
  });
  return (
    <FormDialog
      title={strings.keys.rotateTitle(apiKey.name)}
      submit={rotate}
      submitLabel={strings.keys.rotate}
      onClose={onClose}
    >
      <p>{strings.keys.rotateHint}</p>
      <label class="field">
        <span>{strings.keys.grace}</span>
        <select value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
          {graceHours.map((grace) => (
            <option key={grace} value={grace}>
              {strings.keys.graceOf(grace)}
            </option>
          ))}
        </select>
      </label>
    </FormDialog>
  );
}
