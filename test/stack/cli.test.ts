// The `clip-icm` command as a process against the real stack: what it prints, as text and JSON, and its exit codes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stayInOneDay } from '../support/one-day.ts';
import { brokenPicture } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

type Run = { readonly code: unknown; readonly out: string; readonly err: string };

const concepts = ['cat', 'dog', 'hamburger', 'tulip', 'whale', 'four_leaf_clover'];

let stack: TestStack;
let tenant: StackTenant;
let directory: string;

stayInOneDay();
beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('commander');
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-cli-'));
  for (const style of ['noto', 'twemoji']) {
    for (const concept of concepts) {
      await cp(`samples/emoji/${style}/${concept}`, path.join(directory, 'tree', style, concept), {
        recursive: true,
      });
    }
  }
});

afterAll(async () => {
  await stack?.close();
  await rm(directory, { recursive: true, force: true });
});

async function run(args: readonly string[], key = tenant.key): Promise<Run> {
  const env = { ...process.env, CLIP_ICM_URL: stack.url, CLIP_ICM_KEY: key, XDG_CONFIG_HOME: directory };
  const child = spawn(process.execPath, ['cli/bin.ts', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

describe('clip-icm', () => {
  it('fits a directory and classifies by it', async () => {
    const fitted = await run(['fit', 'drawn', '--directory', path.join(directory, 'tree'), '--json']);
    expect(fitted.err).toMatch(
      /^job (job_\w+)\n {2}follow it: clip-icm jobs wait \1\n {2}cancel it: .* \1\n$/,
    );
    expect(JSON.parse(fitted.out)).toMatchObject({ name: 'drawn', version: 1, status: 'ready' });
    const labels: string[] = JSON.parse(fitted.out).labels;
    expect(labels).toContain('four_leaf_clover');

    const picture = 'samples/emoji/fxemoji/hamburger/hamburger.png';
    const told = await run(['classify', picture, '--projection', 'drawn']);
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toMatch(/hamburger\.png +hamburger +\d+\.\d %/);
    const listed = await run(['projections', 'list']);
    expect(listed.out).toMatch(/drawn@1 +current +ready/);
    const renamed = await run(['projections', 'alias', 'drawn', '--version', '1']);
    expect(renamed).toMatchObject({ code: 0, out: 'drawn now means drawn@1.\n' });
    const [job] = JSON.parse((await run(['jobs', 'list', '--json'])).out);
    expect((await run(['jobs', 'get', job.id])).out).toMatch(/^fit .*\nsucceeded .* 100 % +12 of 12/);
    const usage = await run(['usage', '--json']);
    expect(JSON.parse(usage.out).leftToday.pictures).toBeGreaterThan(0);
  });

  it('classifies a dataset by a job, with its rows in a file, and says how to find it again', async () => {
    const file = path.join(directory, 'rows.csv');
    const asked = ['classify', '--dataset', 'drawn', '--projection', 'drawn', '--by-item'];
    const told = await run([...asked, '--csv', file]);
    expect(told.code).toBe(0);
    expect(told.err).toMatch(/^batch (bat_\w+)\n {2}its rows: clip-icm batches download \1 /);
    expect(told.err).toMatch(/follow it: clip-icm jobs wait job_\w+\n {2}cancel it:/);
    expect(told.out).toMatch(/environment +pictures +right +of +accuracy/);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\r\n');
    expect(lines).toHaveLength(2 * concepts.length + 1);
    expect(lines[1]).toMatch(/,drawn@1:(?:noto|twemoji),/);

    const id = /bat_\w+/.exec(told.err)?.[0] ?? '';
    const { results, end, summary } = JSON.parse((await run(['batches', 'get', id, '--json'])).out);
    expect(results).toHaveLength(2 * concepts.length);
    expect(end.whole).toBe(true);
    expect(summary.known).toBe(2 * concepts.length);
    const linked = await run(['batches', 'link', id]);
    expect(await (await fetch(linked.out.split('\n')[0] ?? '')).text()).toBe(await readFile(file, 'utf8'));
    expect((await run(['batches', 'delete', id])).out).toBe(`Deleted ${id}.\n`);
    expect((await run(['classify'])).err).toContain('say which pictures');
  });

  it('classifies a tree with accuracy, a flat folder, and as CSV', async () => {
    const tree = path.join(directory, 'tree');
    const told = await run(['classify', tree]);
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toMatch(/noto\/cat\/cat\.png +\S/);
    expect(told.out).toMatch(
      /environment +right +of +accuracy\nnoto +\d +6 +\d+\.\d %\ntwemoji .*\nall +\d+ +12 /,
    );
    const flat = await run(['classify', path.join(tree, 'noto/cat'), '--labels', 'cat,pizza', '--json']);
    expect(JSON.parse(flat.out)).toMatchObject({ results: [{ label: 'cat', index: 0 }] });
    expect(JSON.parse(flat.out)).not.toHaveProperty('accuracy');
    const csv = (await run(['classify', tree, '--csv'])).out.split('\r\n');
    expect(csv[0]).toBe('picture,environment,class,rank,label,probability,score,abstained,error');
    expect(csv).toHaveLength(14);
    expect(csv[1]).toMatch(/noto\/cat\/cat\.png,noto,cat,1,/);
  });

  it('offers to make the dataset that an upload names', async () => {
    const tree = path.join(directory, 'tree');
    const refused = await run(['datasets', 'upload', 'new', tree]);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('clip-icm datasets create new');
    const made = await run(['datasets', 'upload', 'new', tree, '--create']);
    expect(made).toMatchObject({ code: 0, out: '12 added, 0 already there, 0 skipped\n' });
  });

  it('makes a profile of a folder, shows it, classifies by it and deletes it', async () => {
    const folder = path.join(directory, 'ink');
    for (const concept of concepts) {
      await cp(`samples/emoji/emojione-monotone/${concept}`, path.join(folder, concept), { recursive: true });
    }
    await writeFile(path.join(folder, 'torn.png'), brokenPicture());
    const fitted = await run([
      'fit',
      'plain',
      '--directory',
      path.join(directory, 'tree'),
      '--estimator',
      'identity',
    ]);
    expect(fitted.code).toBe(0);
    const added = await run(['environments', 'add', 'ink', folder]);
    expect(added).toMatchObject({ code: 1, err: '' });
    expect(added.out).toMatch(
      /^skipped .*torn\.png: .*\n6 of 7 pictures added; ink now has 6, revision 1\.\n$/,
    );
    const more = await run(['environments', 'add', 'ink', path.join(folder, 'cat'), '--json']);
    expect(JSON.parse(more.out)).toMatchObject({
      name: 'ink',
      pictures: 7,
      revision: 2,
      used: 1,
      skipped: [],
    });

    const shown = await run(['environments', 'show', 'ink', '--projection', 'plain']);
    expect(shown.out).toMatch(/^ink {2}7 pictures, revision 2\n.*Seen by plain@1:.*\n {2}noto +\S/s);
    const picture = 'samples/emoji/emojione-monotone/whale/whale.png';
    const told = await run(['classify', picture, '--projection', 'plain', '--environment', 'ink']);
    expect(told.out).toMatch(/environment ink: 7 pictures, revision 2; its mean was taken out/);
    const reported = await run(['projections', 'report', 'plain']);
    expect(reported.out).toMatch(/zero-shot +with a profile +means taken out/);

    const watched = await run(['environments', 'watch', 'ink', '--days', '7']);
    expect(watched).toMatchObject({ code: 0 });
    expect(watched.out).toContain('Too few pictures on every day');
    expect(watched.out).toMatch(/so far +1 +too few pictures/);
    expect((await run(['environments', 'adopt', 'ink'])).code).not.toBe(0);
    expect((await run(['environments', 'list'])).out).toMatch(/^ink +7 +2 +nano-clip/m);
    expect(await run(['environments', 'delete', 'ink'])).toMatchObject({ code: 0, out: 'Deleted ink.\n' });
    const gone = await run(['classify', picture, '--projection', 'plain', '--environment', 'ink']);
    expect(gone).toMatchObject({ code: 1, out: '' });
    expect(gone.err).toMatch(/404 not-found/);
  });

  it('makes a key on stdout alone, and revokes it', async () => {
    const made = await run(['keys', 'create', 'camera', '--scopes', 'classify']);
    expect(made.out).toMatch(/^icm_dev_\w+\n$/);
    const refused = await run(['datasets', 'list'], made.out.trim());
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^error: .*\(403 missing-scope, request req_\w+\)\n$/);
    const keys = JSON.parse((await run(['keys', 'list', '--json'])).out);
    const { id } = keys.find(({ name }: { name: string }) => name === 'camera');
    expect(await run(['keys', 'revoke', id])).toMatchObject({ code: 0 });
  });

  it('adds a webhook with its secret on stdout alone, tries it and deletes it', async () => {
    const made = await run(['webhooks', 'add', 'http://127.0.0.2:9/', '--events', 'job.ended']);
    expect(made.out).toMatch(/^whsec_[\w+/=]+\n$/);
    const [, id = ''] = /(whk_\w+)/.exec(made.err) ?? [];
    expect((await run(['webhooks', 'list'])).out).toMatch(
      /whk_\w+ +http:\/\/127\.0\.0\.2:9\/ +job\.ended +enabled/,
    );
    expect(await run(['webhooks', 'test', id])).toMatchObject({
      code: 1,
      out: 'failed. It could not be reached, or may not be.\n',
    });
    expect((await run(['webhooks', 'deliveries', id])).out).toMatch(/webhook\.test +1 +failed/);
    expect(await run(['webhooks', 'delete', id])).toMatchObject({ code: 0, out: `Deleted ${id}.\n` });
  });

  it('has an exit code for each way to fail', async () => {
    expect(await run(['classify'])).toMatchObject({ code: 2 });
    expect(await run(['fit', 'x'])).toMatchObject({ code: 1 });
    const nowhere = await run(['jobs', 'list', '--url', 'http://127.0.0.1:1']);
    expect(nowhere).toMatchObject({ code: 3, out: '' });
    expect(await run(['--help'])).toMatchObject({ code: 0, err: '' });
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
