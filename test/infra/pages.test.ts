// What the pages point to is there: files linked, and files and folders that are named in passing.

import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const projectRoot = path.join(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*.md'], { cwd: projectRoot });
const rooms = /^(?:edge|gpu-worker|shared|console|client|cli|infra|test|docs|samples|examples)\/[\w./-]+$/;
/** Made by builds, or by whoever follows a page. */
const notInGit = ['infra/.env'];

describe.each(pages)('%s', (page) => {
  const text = readFileSync(path.join(projectRoot, page), 'utf8').replace(/^```.*?^```/gms, '');

  it('links to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, link = '']) => link,
    );
    const missing = links.filter((link) => !existsSync(path.join(projectRoot, path.dirname(page), link)));
    expect(missing).toEqual([]);
  });

  it('names files and folders that are there', () => {
    const names = [...text.matchAll(/`([^`\s]+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => rooms.test(name));
    const missing = names.filter(
      (name) => !notInGit.includes(name) && !existsSync(path.join(projectRoot, name)),
    );
    expect(missing).toEqual([]);
  });
});
