// docs/python.md, run as it stands, as far as this machine has Python and the packages that the page names.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { openTestStack } from '../support/stack.ts';

function has(module: string): boolean {
  try {
    execFileSync('python3', ['-c', `import ${module}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const hasRequests = has('requests');
const hasOpenAi = has('openai');
const missing = [
  ...(hasRequests ? [] : ['python3 with requests']),
  ...(hasOpenAi ? [] : ['openai for Python']),
];

it(`docs/python.md works${missing.length === 0 ? '' : `; NOT RUN for want of ${missing.join(' and ')}: its blocks`}`, async () => {
  const page = await readFile('docs/python.md', 'utf8');
  const blocks = [...page.matchAll(/```python\n(.*?)\n```/gs)].map(([, code = '']) => code);
  expect(blocks).toHaveLength(5);
  const runnable = blocks.filter((code) => hasRequests && (hasOpenAi || !code.includes('import openai')));
  if (missing.length > 0)
    console.warn(`${blocks.length - runnable.length} blocks of docs/python.md were not run.`);
  if (runnable.length === 0) return;
  const stack = await openTestStack();
  try {
    const { key } = await stack.tenant('python');
    const env = { ...process.env, CLIP_ICM_URL: stack.url, CLIP_ICM_KEY: key };
    const child = spawn('python3', ['-'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(runnable.join('\n'));
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    expect(code, err).toBe(0);
    const lines = out.trim().split('\n');
    expect(lines[0]).toMatch(/^cat 0\.\d+$/);
    expect(lines[1]).toBe("['cat', 'dog', 'lemon']");
    expect(lines[2]).toMatch(/^422 .*labels 0 and 1 are both "cat"/);
    if (hasOpenAi) expect(lines[3]).toBe('2 256');
  } finally {
    await stack.close();
  }
});
