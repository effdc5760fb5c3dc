// `npm start`. The same as `clip-icm serve`.

import { serveCommand } from '../../cli/commands/serve.ts';

try {
  await serveCommand('npm start --').parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
