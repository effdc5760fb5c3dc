// The tenant's keys: make, rotate, disable, revoke. A secret is shown once, when it is made.

import { useState } from 'preact/hooks';
import type { Key, KeyCreated } from '#shared/contracts/tenant.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { ColumnHeads } from '../parts/column-heads.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { formatDay } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { OfRow } from '../parts/of-row.tsx';
import { Section } from '../parts/page.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { collect, useRemote } from '../use-remote.ts';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import { NewSecretDialog } from './new-secret-dialog.tsx';
import { RotateKeyDialog } from './rotate-key-dialog.tsx';

export function KeysSection() {
  const { client } = useSession();
  const keys = useRemote((signal) => collect(client.keys.list({ limit: 100, signal })), [client]);
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<KeyCreated>();
  const show = (key: KeyCreated) => {
    setMade(key);
    keys.reload();
  };
  return (
    <Section
      title={strings.keys.title}
      lead={strings.keys.lead}
      actions={
        <button type="button" class="button primary" onClick={() => setCreating(true)}>
          {strings.keys.create}
        </button>
      }
    >
      <ErrorNotice error={keys.error} onRetry={keys.reload} />
      {keys.isLoading && keys.value === undefined && <Loading />}
      {keys.value !== undefined && <KeyTable keys={keys.value} onChanged={keys.reload} onRotated={show} />}
      {isCreating && <CreateKeyDialog onClose={() => setCreating(false)} onCreated={show} />}
      {made !== undefined && (
        <NewSecretDialog
          title={strings.keys.madeTitle(made.name)}
          warning={strings.keys.madeWarning}
          secret={made.key}
          onClose={() => setMade(undefined)}
        />
      )}
    </Section>
  );
}

type KeyTableProps = {
  keys: readonly Key[];
  onChanged: () => void;
  onRotated: (key: KeyCreated) => void;
};

const statusOrder: readonly Key['status'][] = ['active', 'disabled', 'expired', 'revoked'];

function KeyTable({ keys, onChanged, onRotated }: KeyTableProps) {
  const text = strings.keys.columns;
  const sorted = keys.toSorted(
    (a, b) =>
      statusOrder.indexOf(a.status) - statusOrder.indexOf(b.status) || b.createdAt.localeCompare(a.createdAt),
  );
  return (
    <Scroll label={strings.keys.title} isCard>
      <table class="table stacks">
        <thead>
          <ColumnHeads
            columns={[text.name, text.status, text.scopes, text.lastUsed, text.expires]}
            actions={text.actions}
          />
        </thead>
        <tbody>
          {sorted.map((key) => (
            <KeyRow
              key={key.id}
              apiKey={key}
              title={titleOf(key, keys)}
              onChanged={onChanged}
              onRotated={onRotated}
            />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** A rotated key has the name of the old one, which may work on beside it. */
function titleOf({ id, name, prefix }: Key, keys: readonly Key[]): string {
  const isAlone = keys.every((other) => other.id === id || other.name !== name);
  return isAlone ? name : strings.keys.amongSame(name, prefix);
}

type KeyRowProps = {
  apiKey: Key;
  /** Tells it from all others. */
  title: string;
  onChanged: () => void;
  onRotated: (key: KeyCreated) => void;
};

function KeyRow({ apiKey, title, onChanged, onRotated }: KeyRowProps) {
  const { keyPrefix } = useSession();
  const { name, prefix, status, scopes, lastUsedAt, expiresAt } = apiKey;
  const columns = strings.keys.columns;
  const isOwn = prefix.startsWith(keyPrefix);
  return (
    <tr class={status === 'revoked' || status === 'expired' ? 'is-faint' : ''}>
      <th scope="row">
        <span class="key-name">
          {name}
          {isOwn && <span class="badge badge-current">{strings.keys.yours}</span>}
        </span>
        <code>{prefix}</code>
      </th>
      <td>
        <span class={`badge badge-${status}`}>{strings.keys.states[status]}</span>
      </td>
      <td class="wrap" data-label={columns.scopes}>
        {scopes.join(', ')}
      </td>
      <td data-label={columns.lastUsed}>
        {lastUsedAt === undefined ? strings.keys.never : formatDay(lastUsedAt)}
      </td>
      <td data-label={columns.expires}>
        {expiresAt === undefined ? strings.keys.never : formatDay(expiresAt)}
      </td>
      <td>
        <KeyActions apiKey={apiKey} title={title} isOwn={isOwn} onChanged={onChanged} onRotated={onRotated} />
      </td>
    </tr>
  );
}

function KeyActions({ apiKey, title, isOwn, onChanged, onRotated }: KeyRowProps & { isOwn: boolean }) {
  const { client } = useSession();
  const { id, name, status } = apiKey;
  const [isRotating, setRotating] = useState(false);
  const toggle = useAction(async () => {
    await client.keys.update(id, { disabled: status === 'active' });
    onChanged();
  });
  if (status === 'revoked' || status === 'expired') return null;
  const text = strings.keys;
  return (
    <div class="actions">
      {status === 'active' && (
        <button type="button" class="button small" onClick={() => setRotating(true)}>
          {text.rotate}
          <OfRow what={title} />
        </button>
      )}
      {!isOwn && (
        <ActionButton action={toggle} kind="small" of={title}>
          {status === 'active' ? text.disable : text.enable}
        </ActionButton>
      )}
      <ConfirmButton
        label={text.revoke}
        look="danger small"
        of={title}
        title={text.revokeTitle(name)}
        told={text.revoked(name)}
        onConfirm={async () => {
          await client.keys.revoke(id);
          onChanged();
        }}
      >
        {isOwn ? text.revokeOwn : text.revokeOther}
      </ConfirmButton>
      <ErrorNotice error={toggle.error} />
      {isRotating && (
        <RotateKeyDialog apiKey={apiKey} onClose={() => setRotating(false)} onRotated={onRotated} />
      )}
    </div>
  );
}
