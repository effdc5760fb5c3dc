// Type-checks every part of the project against the runtime it lives in; prints which part failed.
import { spawnSync } from 'node:child_process';

const projects = [
  'shared',
  'shared/math/kernels/assembly',
  'edge',
  'console',
  'examples/encode-in-the-browser',
  '.',
];

const failed = projects.filter((project) => {
  const { status } = spawnSync('tsc', ['-p', project], { stdio: 'inherit' });
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`types: errors in ${failed.join(', ')}`);
  process.exit(1);
}
