// A contract's types written out as TypeScript, so that the published client needs no zod. test/packages/ has the compiler
// compare every one of them with what zod infers.

import type { z } from 'zod';

/** Which side of a schema: what a caller may send, or what is there once it has been read. */
export type Side = 'input' | 'output';

/** Throws for a kind of schema that no contract of the client has had so far. */
export function writeType(schema: z.core.$ZodType, side: Side): string {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const write = (inner: z.core.$ZodType) => writeType(inner, side);
  switch (def.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
    case 'undefined':
    case 'unknown':
    case 'never':
      return inputOfCoerced(def, side) ?? def.type;
    case 'literal':
      return def.values.map((value) => JSON.stringify(value)).join(' | ');
    case 'enum':
      return Object.values(def.entries)
        .map((value) => JSON.stringify(value))
        .join(' | ');
    case 'array':
      return `Array<${write(def.element)}>`;
    case 'tuple':
      return `[${def.items.map(write).join(', ')}]`;
    case 'record':
      return `Record<${write(def.keyType)}, ${write(def.valueType)}>`;
    case 'union':
      return def.options.map((option) => `(${write(option)})`).join(' | ');
    case 'nullable':
      return `${write(def.innerType)} | null`;
    case 'optional':
      return `${write(def.innerType)} | undefined`;
    case 'default':
    case 'prefault':
      return side === 'input' ? `${write(def.innerType)} | undefined` : write(def.innerType);
    case 'readonly':
      return `Readonly<${write(def.innerType)}>`;
    case 'pipe':
      return write(side === 'input' ? def.in : def.out);
    case 'object':
      return writeObject(def.shape, side);
    case 'custom':
      return customType(schema);
    default:
      throw new Error(`The client's types hold a schema of the kind "${def.type}", which cannot be written.`);
  }
}

function writeObject(shape: Readonly<Record<string, z.core.$ZodType>>, side: Side): string {
  const fields = Object.entries(shape).map(([name, field]) => {
    const mark = mayBeAbsent(field, side) ? '?' : '';
    return `${JSON.stringify(name)}${mark}: ${writeType(field, side)};`;
  });
  return fields.length === 0 ? 'Record<string, never>' : `{ ${fields.join(' ')} }`;
}

function mayBeAbsent(field: z.core.$ZodType, side: Side): boolean {
  return (side === 'input' ? field._zod.optin : field._zod.optout) !== undefined;
}

/** Of `z.coerce`: anything may come in. */
function inputOfCoerced(def: object, side: Side): 'unknown' | undefined {
  return side === 'input' && 'coerce' in def && def.coerce === true ? 'unknown' : undefined;
}

/** A check written by hand says beside it, as JSON Schema, what it takes. */
function customType(schema: z.core.$ZodType): string {
  const meta = 'meta' in schema && typeof schema.meta === 'function' ? schema.meta() : undefined;
  if (meta?.type === 'array' && meta.items?.type === 'number') return 'Array<number>';
  throw new Error('A schema with a check of its own does not say what it takes.');
}
