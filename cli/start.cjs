#!/usr/bin/env node

// Where `clip-icm` begins in a checkout, on whatever Node it is called with: JavaScript that old versions read too. The
// program itself is TypeScript and needs Node 24, which the project brings along. Parses nothing; that is main.ts.

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { constants } = require('node:os');
const path = require('node:path');

const neededMajor = 24;

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  import('./main.ts');
} else {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = path.join(__dirname, '../node_modules/node/bin', name);
  if (existsSync(node)) runWith(node);
  else {
    process.stderr.write(
      `clip-icm runs on Node ${neededMajor} in a checkout; this is ${process.version}. Run "npm ci" first: it brings one.\n`,
    );
    process.exitCode = 2;
  }
}

/** Ends as the program ends. Ctrl-C in a terminal reaches the program by itself; any other signal is passed on. */
function runWith(node) {
  const args = [path.join(__dirname, 'main.ts'), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
