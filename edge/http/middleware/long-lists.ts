// The first faults of lists that are long, found with turns for everybody else in between. zod looks at all of a list at once
// and keeps an issue for each fault, which for ten thousand faulty elements takes long.

import { z } from 'zod';
import type { FieldError } from '#shared/contracts/problem.ts';
import { takeTurn } from '../../clients/breathe.ts';
import { fitContract, pointerOf } from './fit-contract.ts';

/** Elements that are looked at in one go. */
const stepElements = 250;
const maxErrors = 20;

type List = { readonly name: string; readonly element: z.ZodType };

/** `undefined` at once where no list of the body is long, which is nearly always. */
export type LongListCheck = (value: unknown) => Promise<FieldError[]> | undefined;

/** Looks at the lists that are fields of the body itself; those that are short enough are looked at whole, later. */
export function createLongListCheck(schema: z.ZodType | undefined): LongListCheck {
  let lists: readonly List[] | undefined;
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    // When it is first asked: an isolate starts with every route, and is asked for few.
    lists ??= listsOf(schema);
    const fields = value as Readonly<Record<string, unknown>>;
    return lists.some(({ name }) => isLong(fields[name])) ? faultsIn(lists, fields) : undefined;
  };
}

function isLong(list: unknown): list is readonly unknown[] {
  return Array.isArray(list) && list.length > stepElements;
}

async function faultsIn(
  lists: readonly List[],
  fields: Readonly<Record<string, unknown>>,
): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  for (const { name, element } of lists) {
    const list = fields[name];
    if (!isLong(list)) continue;
    for (let index = 0; index < list.length && errors.length < maxErrors; index++) {
      if (index % stepElements === 0) await takeTurn();
      const fitted = fitContract(element, list[index], pointerOf([name, index], ''));
      if (!fitted.ok) errors.push(...fitted.errors);
    }
  }
  return errors.slice(0, maxErrors);
}

function listsOf(schema: z.ZodType | undefined): List[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const element = elementOf(field);
    return element === undefined ? [] : [{ name, element }];
  });
}

function elementOf(schema: unknown): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return elementOf(schema.unwrap());
  return schema instanceof z.ZodArray && schema.element instanceof z.ZodType ? schema.element : undefined;
}
