// The `models` command alone, for images and init containers that hold neither the edge nor the rest of the CLI.

import { modelsCommand } from './command.ts';

await modelsCommand().parseAsync();
