// Where events are sent: list, add, try, remove, and what was sent last. A secret is shown once, when it is made.

import { useState } from 'preact/hooks';
import { ClipIcmError } from '#client/client.ts';
import type { Webhook, WebhookCreated, WebhookDelivery } from '#shared/contracts/webhook.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { formatTime } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Section } from '../parts/page.tsx';
import { useTell } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { collect, useRemote } from '../use-remote.ts';
import { NewSecretDialog } from './new-secret-dialog.tsx';

const shownDeliveries = 5;

export function WebhooksSection() {
  const { client } = useSession();
  const webhooks = useRemote((signal) => collect(client.webhooks.list({ limit: 100, signal })), [client]);
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<WebhookCreated>();
  const text = strings.webhooks;
  // Without the right to it there is nothing to see or to do.
  if (webhooks.error instanceof ClipIcmError && webhooks.error.code === 'missing-scope') return null;
  return (
    <Section
      title={text.title}
      lead={text.lead}
      actions={
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          {text.add}
        </button>
      }
    >
      <ErrorNotice error={webhooks.error} onRetry={webhooks.reload} />
      {webhooks.isLoading && webhooks.value === undefined && <Loading />}
      {webhooks.value?.length === 0 && <p class="hint">{text.none}</p>}
      {webhooks.value?.map((webhook) => (
        <WebhookCard key={webhook.id} webhook={webhook} onChanged={webhooks.reload} />
      ))}
      {isAdding && (
        <AddWebhookDialog
          onClose={() => setAdding(false)}
          onAdded={(webhook) => {
            setMade(webhook);
            webhooks.reload();
          }}
        />
      )}
      {made !== undefined && (
        <NewSecretDialog
          title={text.madeTitle}
          warning={text.madeWarning}
          secret={made.secret}
          onClose={() => setMade(undefined)}
        />
      )}
    </Section>
  );
}

function AddWebhookDialog({
  onClose,
  onAdded,
}: {
  onClose: () => void;
  onAdded: (made: WebhookCreated) => void;
}) {
  const { client } = useSession();
  const [url, setUrl] = useState('');
  const add = useAction(async () => {
    const webhook = await client.webhooks.create({ url });
    onClose();
    onAdded(webhook);
  });
  const text = strings.webhooks;
  return (
    <FormDialog
      title={text.addTitle}
      submit={add}
      submitLabel={text.add}
      canSubmit={url !== ''}
      onClose={onClose}
    >
      <label class="field">
        <span>{text.address}</span>
        <input
          required
          type="url"
          maxLength={2048}
          placeholder="https://hooks.example.com/clip-icm"
          value={url}
          onInput={(event) => setUrl(event.currentTarget.value)}
        />
      </label>
    </FormDialog>
  );
}

function WebhookCard({ webhook, onChanged }: { webhook: Webhook; onChanged: () => void }) {
  const { client } = useSession();
  const { id, url, events, status, disabledBy, failingSince } = webhook;
  const tell = useTell();
  const deliveries = useRemote(
    (signal) => client.webhooks.deliveries(id).page({ limit: shownDeliveries, signal }),
    [client, id],
  );
  const test = useAction(async () => {
    tell(describeDelivery(await client.webhooks.test(id)));
    deliveries.reload();
  });
  const toggle = useAction(async () => {
    await client.webhooks.update(id, { enabled: status === 'disabled' });
    onChanged();
  });
  const text = strings.webhooks;
  return (
    <article class="card webhook" aria-label={url}>
      <h3 class="wrap">{url}</h3>
      <p>
        <span class={`badge badge-${status === 'enabled' ? 'active' : 'disabled'}`}>
          {text.states[status]}
        </span>{' '}
        {events.map((event) => text.events[event]).join(', ')}
      </p>
      {disabledBy !== undefined && disabledBy !== 'request' && (
        <p class="hint">{text.disabledBy[disabledBy]}</p>
      )}
      {failingSince !== undefined && <p class="hint">{text.failingSince(formatTime(failingSince))}</p>}
      <div class="actions">
        <ActionButton action={test} kind="small" of={url}>
          {text.test}
        </ActionButton>
        <ActionButton action={toggle} kind="small" of={url}>
          {status === 'enabled' ? text.disable : text.enable}
        </ActionButton>
        <ConfirmButton
          label={text.remove}
          look="danger small"
          of={url}
          title={text.removeTitle}
          told={text.removed(url)}
          onConfirm={async () => {
            await client.webhooks.delete(id);
            onChanged();
          }}
        >
          {text.removeHint(url)}
        </ConfirmButton>
      </div>
      <ErrorNotice error={test.error ?? toggle.error ?? deliveries.error} />
      <ul class="webhook-deliveries">
        {deliveries.value?.items.map((delivery) => (
          <li key={delivery.eventId}>
            <time dateTime={delivery.createdAt}>{formatTime(delivery.createdAt)}</time>{' '}
            {describeDelivery(delivery)}
          </li>
        ))}
      </ul>
    </article>
  );
}

function describeDelivery({ type, status, error }: WebhookDelivery): string {
  const text = strings.webhooks;
  return `${text.events[type]}: ${text.outcomes[status]}${error === undefined ? '' : ` ${error}`}`;
}
