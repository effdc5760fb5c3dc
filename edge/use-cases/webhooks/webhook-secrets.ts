// The secrets that an endpoint's requests are signed with: made, sealed for the database, opened for signing.

import { newWebhookSecret } from '#shared/webhook-signature.ts';
import type { SealedSecrets, WebhookRecord } from '../../stores/webhook-store.ts';
import { fingerprintOf, type Peppers } from '../api-key.ts';
import { seal, unseal } from '../sealed.ts';

type Owner = Pick<WebhookRecord, 'tenantId' | 'id'>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A new secret as it is shown once, and as it is kept; `previous` is kept beside it. */
export async function makeSecret(
  owner: Owner,
  peppers: Peppers,
  previous?: string,
): Promise<SealedSecrets & { readonly shown: string }> {
  const shown = newWebhookSecret();
  return { shown, ...(await sealSecrets(owner, peppers, shown, previous)) };
}

/**
 * What requests are signed with at `nowMs`: the present secret, and the one of before while it is good. `undefined` where the
 * pepper that they are under is no more.
 */
export async function openSecrets(
  webhook: WebhookRecord,
  peppers: Peppers,
  nowMs: number,
): Promise<readonly [string, ...string[]] | undefined> {
  const { secret, previousSecret, previousUntilMs = 0 } = webhook;
  const present = await unseal(peppers, purposeOf(webhook), secret);
  if (present === undefined) return undefined;
  const before =
    previousSecret === undefined || nowMs >= previousUntilMs
      ? undefined
      : await unseal(peppers, purposeOf(webhook), previousSecret);
  return [decoder.decode(present), ...(before === undefined ? [] : [decoder.decode(before)])];
}

/** The same secrets under the present pepper; `undefined` where the one that they are under is no more. */
export async function resealSecrets(
  webhook: WebhookRecord,
  peppers: Peppers,
  nowMs: number,
): Promise<SealedSecrets | undefined> {
  const opened = await openSecrets(webhook, peppers, nowMs);
  return opened && sealSecrets(webhook, peppers, ...opened);
}

async function sealSecrets(
  owner: Owner,
  peppers: Peppers,
  present: string,
  previous?: string,
): Promise<SealedSecrets> {
  const sealed = (secret: string) => seal(peppers, purposeOf(owner), encoder.encode(secret));
  return {
    secret: await sealed(present),
    previousSecret: previous === undefined ? undefined : await sealed(previous),
    pepper: await fingerprintOf(peppers[0]),
  };
}

function purposeOf({ tenantId, id }: Owner): string {
  return `webhook\n${tenantId}\n${id}`;
}
