// What workers.test.ts runs in workerd: a few calls of the client, and what came of them as JSON.

import { ClipIcmError, createClient } from '#client/client.ts';

async function callService(): Promise<Response> {
  const client = createClient({ url: 'http://service.test', key: 'k', maxRetries: 1, sleep: async () => {} });
  const pictures = [{ environment: 'e', class: 'c', filename: 'é.png', data: new Uint8Array([1]) }];
  const upload = await client.datasets.uploadTree('birds', pictures);
  const states: string[] = [];
  for await (const { status } of client.jobs.events('job_1')) states.push(status);
  const error = await client.keys.get('gone').catch((thrown: unknown) => thrown);
  return Response.json({ upload, states, code: error instanceof ClipIcmError ? error.code : undefined });
}

// biome-ignore lint/style/noDefaultExport: what workerd calls.
export default { fetch: callService };
