// fast-check arbitraries from JSON Schema, as zod writes it: values that fit a contract, and values that nearly do.

import { z } from 'zod';
import { fc } from './properties.ts';

type Schema = { readonly [key: string]: unknown };

/** Values that the schema takes, as sent; refinements that JSON Schema cannot say may still refuse them. */
export function fitting(schema: z.ZodType): fc.Arbitrary<unknown> {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
  return arbitraryOf(root, root);
}

/** A fitting value with one part taken away, replaced or added, or any JSON at all. */
export function nearlyFitting(schema: z.ZodType): fc.Arbitrary<unknown> {
  const damaged = fc
    .tuple(fitting(schema), fc.nat(), junk, fc.constantFrom('remove', 'replace', 'add'))
    .map(([value, at, other, how]) => damage(value, at, other, how));
  return fc.oneof({ weight: 4, arbitrary: damaged }, { weight: 1, arbitrary: junk });
}

/** What breaks parsers: odd strings, huge and tiny numbers, empty and deep containers. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, '', '\u0000', '\ud800', '__proto__', '../..', "' OR 1=1 --", -0, -1, 1.5, 2 ** 53),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

function damage(value: unknown, at: number, other: unknown, how: string): unknown {
  if (Array.isArray(value)) {
    if (how === 'add' || value.length === 0) return [...value, other];
    const index = at % value.length;
    if (how === 'remove') return value.toSpliced(index, 1);
    return value.with(index, at % 2 === 0 ? damage(value[index], at >> 1, other, how) : other);
  }
  if (typeof value !== 'object' || value === null) return other;
  const keys = Object.keys(value);
  const key = keys[at % keys.length];
  if (how === 'add' || key === undefined) return { ...value, unexpected: other };
  const copy: Record<string, unknown> = { ...value };
  if (how === 'remove') delete copy[key];
  else copy[key] = at % 2 === 0 ? damage(copy[key], at >> 1, other, how) : other;
  return copy;
}

function arbitraryOf(schema: Schema, root: Schema): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') return arbitraryOf(resolve(schema.$ref, root), root);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return fc.oneof(...branches.map((branch) => arbitraryOf(branch, root)));
  const make = typeof schema.type === 'string' ? byType[schema.type] : undefined;
  return make === undefined ? fc.jsonValue({ maxDepth: 2 }) : make(schema, root);
}

function resolve(reference: string, root: Schema): Schema {
  const [, definitions = '', name = ''] = reference.split('/');
  return name === '' ? root : ((root[definitions] as Record<string, Schema>)[name] ?? {});
}

const byType: Readonly<Record<string, (schema: Schema, root: Schema) => fc.Arbitrary<unknown>>> = {
  string: stringOf,
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
  integer: (schema) => fc.integer(range(schema, 2 ** 31 - 1)),
  number: (schema) => fc.double({ ...range(schema, 1e6), noNaN: true }),
  array: (schema, root) => {
    if (Array.isArray(schema.prefixItems)) {
      return fc.tuple(...schema.prefixItems.map((item) => arbitraryOf(item, root)));
    }
    const minLength = numberOr(schema.minItems, 0);
    const maxLength = Math.min(numberOr(schema.maxItems, minLength + 4), minLength + 4);
    return fc.array(arbitraryOf((schema.items ?? {}) as Schema, root), { minLength, maxLength });
  },
  object: (schema, root) => {
    const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
    const model = Object.fromEntries(properties.map(([name, inner]) => [name, arbitraryOf(inner, root)]));
    return fc.record(model, { requiredKeys: (schema.required ?? []) as string[] });
  },
};

function range(schema: Schema, widest: number): { min: number; max: number } {
  const min = Math.max(numberOr(schema.minimum, -widest), -widest);
  return { min, max: Math.max(min, Math.min(numberOr(schema.maximum, widest), widest)) };
}

function stringOf(schema: Schema): fc.Arbitrary<string> {
  const samples = formats[String(schema.format)];
  if (samples !== undefined) return samples;
  const minLength = numberOr(schema.minLength, 0);
  const maxLength = Math.min(numberOr(schema.maxLength, minLength + 12), minLength + 12);
  const plain = fc.string({ minLength, maxLength });
  if (typeof schema.pattern !== 'string') return plain;
  // Class negations by Unicode property are beyond fast-check; the one that contracts use admits plain text.
  return schema.pattern.includes('\\P') ? plain : fc.stringMatching(new RegExp(schema.pattern));
}

const formats: Readonly<Record<string, fc.Arbitrary<string>>> = {
  uri: fc.webUrl(),
  base64: fc.base64String({ minLength: 4, maxLength: 40 }),
  date: date().map((at) => at.toISOString().slice(0, 10)),
  'date-time': date().map((at) => at.toISOString()),
};

function date(): fc.Arbitrary<Date> {
  return fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
