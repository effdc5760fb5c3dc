// Makes a key: its name, what it may do, and until when.

import { useState } from 'preact/hooks';
import { scopes } from '#shared/contracts/names.ts';
import type { KeyCreated, Scope } from '#shared/contracts/tenant.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';

const lifetimes = [undefined, 7, 30, 90, 365] as const;
const dayMs = 86_400_000;

type CreateKeyDialogProps = { onClose: () => void; onCreated: (key: KeyCreated) => void };

export function CreateKeyDialog({ onClose, onCreated }: CreateKeyDialogProps) {
  const { client } = useSession();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly Scope[]>(['classify', 'embed']);
  const [days, setDays] = useState<number>();
  const create = useAction(async () => {
    const expiry = days === undefined ? {} : { expiresAt: new Date(Date.now() + days * dayMs).toISOString() };
    const key = await client.keys.create({ name, scopes: [...chosen], ...expiry });
    onClose();
    onCreated(key);
  });
  return (
    <FormDialog
      title={strings.keys.createTitle}
      submit={create}
      submitLabel={strings.keys.create}
      canSubmit={chosen.length > 0}
      onClose={onClose}
    >
      <label class="field">
        <span>{strings.keys.name}</span>
        <input
          required
          maxLength={100}
          placeholder={strings.keys.namePlaceholder}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <fieldset class="choices">
        <legend>{strings.keys.scopes}</legend>
        {scopes.map((scope) => (
          <label key={scope}>
            <input
              type="checkbox"
              checked={chosen.includes(scope)}
              onChange={(event) =>
                setChosen(
                  scopes.filter((other) =>
                    other === scope ? event.currentTarget.checked : chosen.includes(other),
                  ),
                )
              }
            />
            <span class="choice-named">
              <code>{scope}</code> <small>{strings.keys.scopeHints[scope]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>{strings.keys.lifetime}</span>
        <select
          value={days ?? ''}
          onChange={(event) => setDays(Number(event.currentTarget.value) || undefined)}
        >
          {lifetimes.map((lifetime) => (
            <option key={lifetime ?? 'never'} value={lifetime ?? ''}>
              {lifetime === undefined ? strings.keys.neverExpires : strings.keys.expiresAfter(lifetime)}
            </option>
          ))}
        </select>
      </label>
    </FormDialog>
  );
}
