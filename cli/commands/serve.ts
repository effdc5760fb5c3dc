// The options of `npm start` and `clip-icm serve`. What they do is serve.ts's business, imported only when run.

import { Command } from 'commander';
import { wholeNumber } from '../terminal/parse-option.ts';

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the edge and a GPU worker on this machine')
    .option('--port <number>', 'where the edge listens; 0 takes a free one', wholeNumber(0, 65_535), 8787)
    .option('--workers <number>', 'GPU worker processes', wholeNumber(1, 64), 1)
    .option('--data-dir <directory>', 'where tenants, pictures and projections are kept', '.data')
    .option('--ephemeral', 'keep nothing', false)
    .option('--models-dir <directory>', 'directory of models, each in the layout of transformers.js')
    .option('--model <name>', 'the model used where a request names none')
    .option('--verbose', 'print the logs of edge and worker', false)
    .action(async (options) => {
      const { serve } = await import('../../infra/local/serve.ts');
      await serve(options);
    });
}
