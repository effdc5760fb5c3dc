// What the edge is measured against: the same framework in the same runtime, which reads the body, answers, and does
// nothing in between.

import { Hono } from 'hono';

const app = new Hono();

/** The edge's own, so that both answer alike. */
let answer: object = {};

app.put('/answer', async (c) => {
  answer = await c.req.json();
  return c.body(null, 204);
});

app.post('/v1/classifications', async (c) => {
  if (c.req.header('content-type') === 'application/json') await c.req.json();
  else await c.req.arrayBuffer();
  return c.json(answer);
});

export default app;
