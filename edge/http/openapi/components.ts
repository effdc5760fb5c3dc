// The contracts as JSON Schema (2020-12, which OpenAPI 3.1 speaks): every exported schema under its own name, so that
// the document reads like the source. Knows no routes.

import { z } from 'zod';
import * as batch from '#shared/contracts/batch.ts';
import * as classification from '#shared/contracts/classification.ts';
import * as common from '#shared/contracts/common.ts';
import * as correction from '#shared/contracts/correction.ts';
import * as dataset from '#shared/contracts/dataset.ts';
import * as embedding from '#shared/contracts/embedding.ts';
import * as evaluation from '#shared/contracts/evaluation.ts';
import * as fit from '#shared/contracts/fit.ts';
import * as intervention from '#shared/contracts/intervention.ts';
import * as job from '#shared/contracts/job.ts';
import * as model from '#shared/contracts/model.ts';
import * as problem from '#shared/contracts/problem.ts';
import * as projection from '#shared/contracts/projection.ts';
import * as release from '#shared/contracts/release.ts';
import * as shadow from '#shared/contracts/shadow.ts';
import * as tenant from '#shared/contracts/tenant.ts';
import * as usage from '#shared/contracts/usage.ts';
import * as webhook from '#shared/contracts/webhook.ts';

export type JsonSchema = { readonly [key: string]: unknown };

/** Requests are described as sent (defaults may be left out), answers as received. */
export type Direction = 'input' | 'output';

export type SchemaSet = {
  /** A reference to a named schema; the schema itself, in place, for one without a name. */
  readonly use: (schema: z.ZodType, direction: Direction) => JsonSchema;
  /** What was used by name, and all that it refers to. */
  readonly components: () => Record<string, JsonSchema>;
};

const contracts = [
  batch,
  classification,
  common,
  correction,
  dataset,
  embedding,
  evaluation,
  fit,
  intervention,
  job,
  model,
  problem,
  projection,
  release,
  shadow,
  tenant,
  usage,
  webhook,
];

const prefix = '#/components/schemas/';
const suffix = 'Input';

/** `unnamed` are the schemas of routes that no contract exports. */
export function createSchemaSet(unnamed: readonly z.ZodType[]): SchemaSet {
  const registry = z.registry<{ id: string }>();
  const names = new Map<z.ZodType, string>();
  const register = (schema: z.ZodType, name: string) => {
    if (names.has(schema)) return;
    names.set(schema, name);
    registry.add(schema, { id: name });
  };
  for (const [name, value] of contracts.flatMap((module) => Object.entries(module))) {
    if (value instanceof z.ZodType) register(value, name);
  }
  const named = new Set(names.values());
  for (const [index, schema] of unnamed.entries()) register(schema, `Unnamed${index}`);
  const described = { input: describe(registry, 'input'), output: describe(registry, 'output') };
  const used = new Map<string, JsonSchema>();

  /** A name whose two directions differ is two components; see `shortenNames`. */
  const componentName = (name: string, direction: Direction): string => {
    const alike = JSON.stringify(described.input[name]) === JSON.stringify(described.output[name]);
    return alike || direction === 'output' ? name : name + suffix;
  };

  const localize = (value: unknown, direction: Direction): unknown => {
    if (Array.isArray(value)) return value.map((item) => localize(item, direction));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => key !== '$schema' && key !== '$id');
    return Object.fromEntries(
      entries.map(([key, inner]) =>
        key === '$ref' && typeof inner === 'string'
          ? [key, reference(inner.slice(prefix.length), direction)]
          : [key, localize(inner, direction)],
      ),
    );
  };

  const reference = (name: string, direction: Direction): string => {
    const component = componentName(name, direction);
    if (!used.has(component)) {
      used.set(component, {});
      used.set(component, localize(described[direction][name], direction) as JsonSchema);
    }
    return prefix + component;
  };

  return {
    use: (schema, direction) => {
      const name = names.get(schema);
      if (name === undefined) throw new RangeError('a schema that was not announced');
      if (named.has(name)) return { $ref: reference(name, direction) };
      return localize(described[direction][name], direction) as JsonSchema;
    },
    components: () => Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Takes `Input` off the names of requests whose other direction the document never uses. */
export function shortenNames(document: string, components: Readonly<Record<string, JsonSchema>>): string {
  const needless = Object.keys(components).filter(
    (name) => name.endsWith(suffix) && !(name.slice(0, -suffix.length) in components),
  );
  return needless.reduce(
    (text, name) =>
      text
        .replaceAll(`"${prefix}${name}"`, `"${prefix}${name.slice(0, -suffix.length)}"`)
        .replaceAll(`"${name}":`, `"${name.slice(0, -suffix.length)}":`),
    document,
  );
}

function describe(registry: z.core.$ZodRegistry<{ id: string }>, io: Direction): Record<string, JsonSchema> {
  return z.toJSONSchema(registry, { io, unrepresentable: 'any', uri: (id) => prefix + id }).schemas;
}
