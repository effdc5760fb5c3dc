// The `models` command alone, for images and init containers that hold neither the edge nor the rest of the CLI.

import { endWithAWord, endWithTheReader } from '../terminal/interrupt.ts';
import { modelsCommand } from './command.ts';

endWithAWord();
endWithTheReader();
await modelsCommand().parseAsync();
