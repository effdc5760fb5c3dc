// A value against its contract: null in an optional field counts as the field's absence, and of a union's branches the
// faults told are those of the branch that the caller meant.

import type { z } from 'zod';
import type { FieldError } from '#shared/contracts/problem.ts';

export type Fitted =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly errors: FieldError[] };

type Path = readonly PropertyKey[];

/** Taking one null away may bring another to light, behind a union or a default. */
const maxRounds = 4;
const maxFieldErrors = 20;

/** `prefix` begins the pointers of errors. Fields that are null and may not be are taken out of `value`. */
export function fitContract(schema: z.ZodType, value: unknown, prefix: string): Fitted {
  let parsed = schema.safeParse(value);
  for (let round = 0; round < maxRounds && !parsed.success; round++) {
    const nulls = parsed.error.issues.flatMap((issue) => nullPaths(issue, value, []));
    if (nulls.length === 0) break;
    for (const path of nulls) removeAt(value, path);
    parsed = schema.safeParse(value);
  }
  if (parsed.success) return { ok: true, value: parsed.data };
  const issues = parsed.error.issues.slice(0, maxFieldErrors);
  const errors = issues.flatMap((issue) => fieldErrors(issue, prefix));
  return { ok: false, errors: errors.slice(0, maxFieldErrors) };
}

/** Where an issue, or one of a union's branches, stumbles over a null that is a field of an object. */
function nullPaths(issue: z.core.$ZodIssue, value: unknown, base: Path): Path[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flatMap((branch) => branch.flatMap((each) => nullPaths(each, value, path)));
    if (inner.length > 0) return inner;
  }
  const parent = valueAt(value, path.slice(0, -1));
  const isField = typeof parent === 'object' && parent !== null && !Array.isArray(parent);
  return isField && path.length > 0 && valueAt(value, path) === null ? [path] : [];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

function removeAt(value: unknown, path: Path): void {
  const parent = valueAt(value, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.deleteProperty(parent, key);
}

function fieldErrors(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const pointer = pointerOf(issue.path, prefix);
  if (issue.code !== 'invalid_union' || issue.errors.length === 0)
    return [{ pointer, message: issue.message }];
  const closest = [...issue.errors].sort((a, b) => misfit(a) - misfit(b))[0] ?? [];
  if (misfit(closest) < otherKind) return closest.flatMap((inner) => fieldErrors(inner, pointer));
  return [{ pointer, message: `expected ${expectedKinds(issue).join(' or ')}` }];
}

/** A value of another kind altogether: text where a list is wanted. */
const otherKind = 1000;

/** How far a branch is from what came. Unknown and missing fields weigh much: they mean another branch was meant. */
function misfit(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + weight(issue), 0);
}

function weight(issue: z.core.$ZodIssue): number {
  if (issue.code === 'invalid_union') {
    return issue.path.length > 0 ? 1 : Math.min(...issue.errors.map(misfit));
  }
  if (issue.code === 'unrecognized_keys') return 10;
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return 1;
  if (issue.path.length === 0) return otherKind;
  return issue.code === 'invalid_type' && issue.path.length === 1 ? 10 : 1;
}

/** What the branches of a union take, where the value is of no kind that any of them takes. */
function expectedKinds(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_union') {
    return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).flatMap(expectedKinds)))];
  }
  if (issue.code === 'invalid_type') return [issue.expected];
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value));
  return [issue.message];
}

/** A JSON pointer (RFC 6901). */
export function pointerOf(path: Path, prefix: string): string {
  return prefix + path.map((part) => `/${escapePointer(String(part))}`).join('');
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
