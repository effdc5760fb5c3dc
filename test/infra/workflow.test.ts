import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const text = readFileSync(join(import.meta.dirname, '../../.github/workflows/ci.yml'), 'utf8');
const workflow = parse(text);
const steps: { uses?: string; run?: string }[] = Object.values<{ steps: object[] }>(workflow.jobs).flatMap(
  (job) => job.steps,
);

it('pins every action by commit, and says which tag that is', () => {
  const used = [...text.matchAll(/uses: (.*)/g)].map(([, value]) => value);
  expect(used.length).toBeGreaterThan(0);
  for (const value of used) expect(value).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

it('runs the same checks as a developer, with no right to write', () => {
  expect(steps.some(({ run }) => run?.includes('.ci/run'))).toBe(true);
  expect(workflow.permissions).toEqual({ contents: 'read' });
});

it('never puts what a contributor wrote into a shell', () => {
  for (const { run = '' } of steps) expect(run).not.toContain('${{');
});
