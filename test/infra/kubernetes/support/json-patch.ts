// RFC 6902 `add`, `replace` and `remove`, as Kustomize applies them. Throws where a path does not exist.

import { z } from 'zod';

export const JsonPatch = z.array(
  z.union([
    z.strictObject({ op: z.enum(['add', 'replace']), path: z.string(), value: z.unknown() }),
    z.strictObject({ op: z.literal('remove'), path: z.string() }),
  ]),
);
export type JsonPatch = z.infer<typeof JsonPatch>;

type Container = Record<string, unknown> | unknown[];

export function applyJsonPatch(document: object, patch: JsonPatch): unknown {
  const result: Container = structuredClone({ ...document });
  for (const operation of patch) {
    const keys = operation.path
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Container>((value, key) => child(value, key, operation.path), result);
    applyOne(parent, last, operation);
  }
  return result;
}

function child(value: Container, key: string, path: string): Container {
  const next = Array.isArray(value) ? value[Number(key)] : value[key];
  if (typeof next !== 'object' || next === null) throw new Error(`no ${path}`);
  return next as Container;
}

function applyOne(parent: Container, key: string, operation: JsonPatch[number]): void {
  const exists = Array.isArray(parent) ? Number(key) < parent.length : key in parent;
  if (operation.op !== 'add' && !exists) throw new Error(`no ${operation.path}`);
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    if (operation.op === 'remove') parent.splice(index, 1);
    else parent.splice(index, operation.op === 'replace' ? 1 : 0, operation.value);
  } else if (operation.op === 'remove') {
    delete parent[key];
  } else {
    parent[key] = operation.value;
  }
}
