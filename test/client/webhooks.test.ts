// Verification of a webhook's requests: by the client, and by the code of docs/webhooks.md in TypeScript and Python.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ClipIcmWebhookError, verifyWebhook } from '#client/client.ts';
import { newWebhookSecret, signWebhook } from '#shared/webhook-signature.ts';

const secret = newWebhookSecret();
const body = JSON.stringify({
  type: 'webhook.test',
  timestamp: '2026-05-04T09:30:00.000Z',
  data: { webhook: 'whk_0', message: 'Grüße' },
});

async function requestAt(seconds: number, secrets = [secret], id = 'evt_1') {
  const signature = await signWebhook(secrets, { id, timestamp: seconds, body });
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature };
}

const now = () => Math.floor(Date.now() / 1000);

describe('verifyWebhook', () => {
  test('agrees with the example of the specification', async () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    const known = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const options = { nowMs: 1614265330_000 };
    expect(await verifyWebhook(known, headers, '{"test": 2432232314}', options)).toEqual({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      event: { test: 2432232314 },
    });
  });

  test('takes headers of any kind, bytes, and any one of several signatures', async () => {
    const headers = await requestAt(now(), [newWebhookSecret(), secret]);
    const bytes = new TextEncoder().encode(body);
    for (const shape of [headers, new Headers(headers)]) {
      expect((await verifyWebhook(secret, shape, bytes)).event.type).toBe('webhook.test');
    }
  });

  test('refuses another body, id, time or secret', async () => {
    const headers = await requestAt(now());
    const refused = { reason: 'signature' };
    await expect(verifyWebhook(secret, headers, `${body} `)).rejects.toMatchObject(refused);
    await expect(verifyWebhook(newWebhookSecret(), headers, body)).rejects.toMatchObject(refused);
    const others = [{ 'webhook-id': 'evt_2' }, { 'webhook-timestamp': String(now() - 1) }];
    for (const other of others) {
      await expect(verifyWebhook(secret, { ...headers, ...other }, body)).rejects.toMatchObject(refused);
    }
    const unsigned = { ...headers, 'webhook-signature': 'v1a,AAAA v1,' };
    await expect(verifyWebhook(secret, unsigned, body)).rejects.toMatchObject(refused);
  });

  test('refuses what is older or newer than the tolerance', async () => {
    const nowMs = 1_800_000_000_000;
    const at = async (seconds: number, toleranceSeconds?: number) =>
      verifyWebhook(secret, await requestAt(seconds), body, {
        nowMs,
        ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
      });
    await at(1_800_000_000 - 300);
    await expect(at(1_800_000_000 - 301)).rejects.toMatchObject({ reason: 'timestamp' });
    await expect(at(1_800_000_000 + 301)).rejects.toMatchObject({ reason: 'timestamp' });
    await expect(at(1_800_000_000 - 11, 10)).rejects.toMatchObject({ reason: 'timestamp' });
  });

  test('refuses a request without the headers, and a secret that is none', async () => {
    await expect(verifyWebhook(secret, {}, body)).rejects.toBeInstanceOf(ClipIcmWebhookError);
    await expect(verifyWebhook('secret', await requestAt(now()), body)).rejects.toBeInstanceOf(RangeError);
  });
});

describe('docs/webhooks.md', () => {
  const page = readFileSync('docs/webhooks.md', 'utf8');
  const blocksOf = (language: string) =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\\n\`\`\``, 'gs'))].map(([, code = '']) => code);
  const directory = mkdtempSync(path.join(tmpdir(), 'clip-icm-webhooks-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What the page's code says of a good request, a changed one, an old one and one of another secret. */
  async function judge(command: string, args: readonly string[]): Promise<unknown> {
    const good = { headers: await requestAt(now()), body };
    const cases = [
      good,
      { ...good, body: body.replace('whk_0', 'whk_1') },
      { headers: await requestAt(now() - 400), body },
      { headers: await requestAt(now(), [newWebhookSecret()]), body },
    ];
    const { stdout, stderr } = spawnSync(command, args, { input: JSON.stringify({ secret, cases }) });
    expect(stderr.toString()).toBe('');
    return JSON.parse(stdout.toString().trim().split('\n').at(-1) ?? '');
  }

  test('its TypeScript tells genuine requests from others', async () => {
    const [withClient = '', alone = '', ...more] = blocksOf('ts');
    expect(more).toEqual([]);
    const file = path.join(directory, 'verify.ts');
    const harness = `
import { text } from 'node:stream/consumers';
const { secret, cases } = JSON.parse(await text(process.stdin));
const answers = [];
for (const { headers, body } of cases) {
  const response = await receive(new Request('http://receiver/', { method: 'POST', headers, body }), secret);
  answers.push([response.status, await isGenuine(secret, new Headers(headers), body)]);
}
console.log(JSON.stringify(answers));`;
    const client = path.resolve('client/client.ts');
    const code = [withClient.replace("'clip-icm-client'", JSON.stringify(client)), alone, harness];
    writeFileSync(file, code.join('\n'));
    expect(await judge(process.execPath, ['--disable-warning=ExperimentalWarning', file])).toEqual([
      [204, true],
      [400, false],
      [400, false],
      [400, false],
    ]);
  });

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  test(`its Python does${hasPython ? '' : '; NOT RUN for want of python3'}`, async () => {
    const [code = '', ...more] = blocksOf('python');
    expect(more).toEqual([]);
    if (!hasPython) return console.warn('the Python of docs/webhooks.md was not run');
    const harness = `
import json, sys
given = json.load(sys.stdin)
print(json.dumps([is_genuine(given["secret"], c["headers"], c["body"].encode()) for c in given["cases"]]))`;
    const file = path.join(directory, 'verify.py');
    writeFileSync(file, code + harness);
    execFileSync('python3', ['-m', 'py_compile', file]);
    expect(await judge('python3', [file])).toEqual([true, false, false, false]);
  });
});
