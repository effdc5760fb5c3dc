// Exit code 0 where the worker in this container is alive. For the images' HEALTHCHECK: they have no curl.

async function isAlive(port: string): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

process.exitCode = (await isAlive(process.env.PORT ?? '8080')) ? 0 : 1;

export {};
