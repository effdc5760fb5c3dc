// Makes a key: its name, what it may do, and until when.

import { useState } from 'preact/hooks';
import { scopes } from '#shared/contracts/names.ts';
import type { KeyCreated, Scope } from '#shared/contracts/tenant.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
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
    <Dialog title={strings.keys.createTitle} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create.run();
        }}
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
        <ErrorNotice error={create.error} />
        <div class="actions">
          <button type="button" class="button" onClick={onClose}>
            {strings.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={create.isRunning || chosen.length === 0}>
            {strings.keys.create}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
