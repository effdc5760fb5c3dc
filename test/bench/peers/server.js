// The least server around transformers.js that does the job: Hono, one route, a picture in, labels out. No keys, no limits.
// Argument: the model's directory. Tells its parent the port.

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { openClip } from './transformers.js';

const [, , modelDirectory] = process.argv;
const clip = await openClip(modelDirectory);

const app = new Hono();
app.post('/v1/classifications', async (c) => {
  const bytes = await c.req.arrayBuffer();
  return c.json({ results: [{ predictions: await clip.classify(bytes, c.req.queries('labels') ?? []) }] });
});

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  process.send({ ready: true, port }),
);
