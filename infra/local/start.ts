// `npm start`. The same as `clip-icm serve`.

import { serveCommand } from './serve-command.ts';

try {
  await serveCommand('npm start --').parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
