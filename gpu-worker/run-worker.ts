// The worker from its settings to its end: reads the environment, listens, loads the default model, and drains when told to stop.

import type { Server } from 'node:http';
import { createApp } from './app.ts';
import { readEnvironment } from './env.ts';
import { openServer } from './http/open-server.ts';
import { createServices, type Services } from './services.ts';

/** Ends the process itself: 0 after `told` has named a signal and all work was finished. */
export async function runWorker(told: Promise<NodeJS.Signals>): Promise<void> {
  const environment = readEnvironment(process.env);
  if (!environment.ok) {
    process.stderr.write(`gpu-worker: settings do not fit: ${environment.error}\n`);
    process.exit(2);
  }
  const services = createServices(environment.value);
  const server = openServer(createApp(services), environment.value.ICM_REQUEST_TIMEOUT_MS);
  listen(server, services);
  void told.then((signal) => drain(server, services, signal));
  await loadDefaultModel(services).catch((error: unknown) => {
    // Told to stop while loading: the threads are gone, and drain() ends the process.
    if (services.lifecycle.phase() !== 'draining') throw error;
  });
}

function listen(server: Server, { env, log }: Services): void {
  server.listen(env.PORT, env.HOST, () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : env.PORT;
    log.info({ event: 'listening', host: env.HOST, port });
  });
}

async function loadDefaultModel({ env, log, models, lifecycle }: Services): Promise<void> {
  const lease = await models.lease(env.ICM_DEFAULT_MODEL);
  if (!lease.ok) {
    log.fatal({ event: 'no-model', detail: lease.error.detail });
    process.exit(1);
  }
  log.info({ event: 'model-loaded', ...lease.value.encoder.info });
  lease.value.release();
  lifecycle.becomeReady();
}

/** Takes nothing new, finishes what is under way within the limit, and exits 0; 1 where a request was cut off. */
async function drain(
  server: Server,
  { env, log, lifecycle, close }: Services,
  signal: string,
): Promise<void> {
  log.info({ event: 'draining', signal });
  lifecycle.drain();
  const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)));
  server.closeIdleConnections();
  const expired = new Promise<boolean>((resolve) =>
    setTimeout(resolve, env.ICM_DRAIN_TIMEOUT_MS, false).unref(),
  );
  const finished = await Promise.race([closed, expired]);
  if (!finished) server.closeAllConnections();
  await close();
  log.info({ event: 'stopped', finished });
  process.exit(finished ? 0 : 1);
}
