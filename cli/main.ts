// The `clip-icm` command. Turns whatever a command throws into one line and an exit code; the program is program.ts.

import { runProgram } from './program.ts';
import { describeFailure } from './terminal/describe-failure.ts';
import { endWithAWord, endWithTheReader } from './terminal/interrupt.ts';

endWithAWord();
endWithTheReader();
try {
  await runProgram(process.argv.slice(2));
} catch (error) {
  const { message, exitCode } = describeFailure(error);
  if (message !== '') process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
