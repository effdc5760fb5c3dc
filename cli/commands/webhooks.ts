// `clip-icm webhooks`: where the tenant is told of what happens; make, try, look at, replace the secret of, delete.

import { Command } from 'commander';
import { webhookEventTypes } from '#shared/contracts/names.ts';
import type {
  Webhook,
  WebhookCreated,
  WebhookDelivery,
  WebhookEventType,
} from '#shared/contracts/webhook.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { formatTable, print } from '../terminal/output.ts';
import { someOf, wholeNumber } from '../terminal/parse-option.ts';

type AddOptions = ConnectionOptions & {
  readonly events?: WebhookEventType[];
  readonly description?: string;
};

/** Deliveries that are shown. */
const shownDeliveries = 20;

export function webhooksCommand(): Command {
  const command = new Command('webhooks').description('be told of what happens, by signed requests');
  const add = (usage: string, description: string) =>
    withConnection(command.command(usage)).description(description);
  add('list', 'all of them; secrets are not shown again').action(list);
  add('add <url>', 'its secret is shown this once')
    .option(
      '--events <types>',
      `comma-separated; default all: ${webhookEventTypes.join(', ')}`,
      someOf(webhookEventTypes),
    )
    .option('--description <text>', 'for you')
    .action(addWebhook);
  add('test <webhook>', 'sends a test event now, and says what came of it').action(test);
  add('deliveries <webhook>', 'what was sent to it, the newest first').action(deliveries);
  add('disable <webhook>', 'until it is enabled again').action((id, options) =>
    setEnabled(id, false, options),
  );
  add('enable <webhook>', 'after it was disabled, by whomever').action((id, options) =>
    setEnabled(id, true, options),
  );
  add('rotate <webhook>', 'another secret')
    .option('--grace <seconds>', 'how long requests carry both', wholeNumber(0, 7 * 86_400), 86_400)
    .action(rotate);
  add('delete <webhook>', 'with its deliveries').action(remove);
  return command;
}

async function list(options: ConnectionOptions): Promise<void> {
  const webhooks = await (await connect(options)).webhooks.all();
  const rows = webhooks.map((webhook) => [
    webhook.id,
    webhook.url,
    webhook.events.join(' '),
    stateOf(webhook),
  ]);
  print(options, webhooks, formatTable(['webhook', 'address', 'events', 'state'], rows, 'No webhooks.'));
}

function stateOf({ status, disabledBy, failingSince }: Webhook): string {
  if (disabledBy === 'gone') return 'disabled: the endpoint said that it is gone';
  if (disabledBy === 'failing') return 'disabled: it took nothing for days';
  return failingSince === undefined ? status : `${status}, failing since ${failingSince}`;
}

async function addWebhook(url: string, options: AddOptions): Promise<void> {
  const { events, description } = options;
  show(options, await (await connect(options)).webhooks.create({ url, events, description }));
}

async function test(id: string, options: ConnectionOptions): Promise<void> {
  const delivery = await (await connect(options)).webhooks.test(id);
  print(options, delivery, outcomeOf(delivery));
  if (delivery.status !== 'delivered') process.exitCode = 1;
}

async function deliveries(id: string, options: ConnectionOptions): Promise<void> {
  const { items } = await (await connect(options)).webhooks.deliveries(id).page({ limit: shownDeliveries });
  const rows = items.map((delivery) => [
    delivery.createdAt,
    delivery.type,
    String(delivery.attempts),
    outcomeOf(delivery),
    delivery.eventId,
  ]);
  print(
    options,
    items,
    formatTable(['happened', 'event', 'attempts', 'outcome', 'id'], rows, 'Nothing yet.'),
  );
}

function outcomeOf({ status, responseStatus, error, nextAttemptAt }: WebhookDelivery): string {
  if (status === 'delivered') return `delivered (${responseStatus})`;
  if (status === 'pending') return `waits until ${nextAttemptAt}${error === undefined ? '' : `. ${error}`}`;
  return error === undefined ? status : `${status}. ${error}`;
}

async function setEnabled(id: string, enabled: boolean, options: ConnectionOptions): Promise<void> {
  const webhook = await (await connect(options)).webhooks.update(id, { enabled });
  print(options, webhook, `${webhook.url} is ${webhook.status}.`);
}

async function rotate(id: string, options: ConnectionOptions & { grace: number }): Promise<void> {
  show(options, await (await connect(options)).webhooks.rotate(id, { graceSeconds: options.grace }));
}

async function remove(id: string, options: ConnectionOptions): Promise<void> {
  await (await connect(options)).webhooks.delete(id);
  print(options, { deleted: id }, `Deleted ${id}.`);
}

/** The one moment the secret is seen. On stdout alone, so that it can be piped to where it belongs. */
function show(options: ConnectionOptions, created: WebhookCreated): void {
  if (options.json !== true) process.stderr.write(`Secret of ${created.id}, shown only now:\n`);
  print(options, created, created.secret);
}
