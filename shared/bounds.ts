// The upper bounds that a contract states (lengths of arrays and texts), checked before the contract is. zod looks at every
// element before it looks at their number, and keeps an issue for each: 150,000 wrong elements where six are allowed were
// seconds of work and an error of megabytes. Knows no HTTP.

import { z } from 'zod';

export type BoundFault = { readonly path: readonly (string | number)[]; readonly message: string };

export type BoundsCheck = (value: unknown) => BoundFault | undefined;

/** What is bounded somewhere below a value; absent where nothing is. */
type Bounds = {
  readonly maxItems?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly items?: Bounds | undefined;
  readonly properties?: ReadonlyMap<string, Bounds> | undefined;
};

type Schema = { readonly [key: string]: unknown };

/** The check is made from the schema when it is first used. Of a union, a value may be as long as any branch allows. */
export function createBoundsCheck(schema: z.ZodType): BoundsCheck {
  let bounds: { readonly found: Bounds | undefined } | undefined;
  return (value) => {
    if (bounds === undefined) {
      const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
      bounds = { found: boundsOf(root, root, 0) };
    }
    return bounds.found === undefined ? undefined : faultOf(value, bounds.found);
  };
}

function faultOf(value: unknown, bounds: Bounds): BoundFault | undefined {
  if (typeof value === 'string') {
    const isLong = bounds.maxLength !== undefined && value.length > bounds.maxLength * unitsPerCharacter;
    return isLong ? { path: [], message: `has more than ${bounds.maxLength} characters` } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return faultOfArray(value, bounds);
  if (bounds.properties === undefined) return undefined;
  for (const [name, inner] of bounds.properties) {
    const fault = faultOf((value as Readonly<Record<string, unknown>>)[name], inner);
    if (fault !== undefined) return { ...fault, path: [name, ...fault.path] };
  }
  return undefined;
}

/** Contracts trim and count as they will; this only keeps out what is far beyond them. */
const unitsPerCharacter = 2;

function faultOfArray(value: readonly unknown[], { maxItems, items }: Bounds): BoundFault | undefined {
  if (maxItems !== undefined && value.length > maxItems) {
    return { path: [], message: `has more than ${maxItems} elements` };
  }
  if (items === undefined) return undefined;
  for (let index = 0; index < value.length; index++) {
    const fault = faultOf(value[index], items);
    if (fault !== undefined) return { ...fault, path: [index, ...fault.path] };
  }
  return undefined;
}

const maxSchemaDepth = 12;

function boundsOf(schema: Schema, root: Schema, depth: number): Bounds | undefined {
  if (depth > maxSchemaDepth) return undefined;
  if (typeof schema.$ref === 'string') return boundsOf(resolve(schema.$ref, root), root, depth + 1);
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return merged(branches as Schema[], root, depth);
  if (schema.type === 'string') return simple({ maxLength: numberOf(schema.maxLength) });
  if (schema.type === 'array') {
    const items = schema.items === undefined ? undefined : boundsOf(schema.items as Schema, root, depth + 1);
    const tuple = Array.isArray(schema.prefixItems) ? schema.prefixItems.length : undefined;
    return simple({ maxItems: numberOf(schema.maxItems) ?? tuple, items });
  }
  if (schema.type !== 'object') return undefined;
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>).flatMap(
    ([name, inner]): [string, Bounds][] => {
      const found = boundsOf(inner, root, depth + 1);
      return found === undefined ? [] : [[name, found]];
    },
  );
  return properties.length === 0 ? undefined : { properties: new Map(properties) };
}

/** What every branch that could take the value forbids. */
function merged(branches: readonly Schema[], root: Schema, depth: number): Bounds | undefined {
  const flat = branches.map((branch) =>
    typeof branch.$ref === 'string' ? resolve(branch.$ref, root) : branch,
  );
  const texts = flat.filter(({ type, enum: values, const: value }) => type === 'string' && !values && !value);
  const arrays = flat.filter(({ type }) => type === 'array');
  const found = flat.map((branch) => boundsOf(branch, root, depth + 1));
  const nested = found.some((bounds) => bounds?.properties !== undefined || bounds?.items !== undefined);
  const largest = (name: string, of: readonly Schema[]) => {
    const all = of.map((branch) => numberOf(branch[name]));
    return all.length === 0 || all.includes(undefined) ? undefined : Math.max(...all.map((one) => one ?? 0));
  };
  const inner = nested ? innerOf(flat, found) : {};
  return simple({ maxLength: largest('maxLength', texts), maxItems: largest('maxItems', arrays), ...inner });
}

/** Bounds within a branch hold where no other branch gives the same place a meaning of its own. */
function innerOf(
  branches: readonly Schema[],
  found: readonly (Bounds | undefined)[],
): Pick<Bounds, 'items' | 'properties'> {
  const items = found.flatMap((bounds) => (bounds?.items === undefined ? [] : [bounds.items]));
  const arrays = branches.filter(({ type }) => type === 'array').length;
  const named = branches.flatMap(({ properties }) => Object.keys(properties ?? {}));
  const properties = found
    .flatMap((bounds) => [...(bounds?.properties ?? [])])
    .filter(([name]) => named.indexOf(name) === named.lastIndexOf(name));
  return {
    items: arrays === 1 ? items[0] : undefined,
    properties: properties.length === 0 ? undefined : new Map(properties),
  };
}

function simple(bounds: Bounds): Bounds | undefined {
  return Object.values(bounds).every((value) => value === undefined) ? undefined : bounds;
}

function resolve(reference: string, root: Schema): Schema {
  const [, definitions = '', name = ''] = reference.split('/');
  return name === '' ? root : ((root[definitions] as Record<string, Schema> | undefined)?.[name] ?? {});
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
