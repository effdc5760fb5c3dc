// The first faults of lists that are long, found with turns for everybody else in between. zod looks at all of a list at once
// and keeps an issue for each fault, which for ten thousand faulty elements takes long.

import { z } from 'zod';
import type { FieldError } from '#shared/contracts/problem.ts';
import { takeTurn } from '../../clients/breathe.ts';
import { fitContract, pointerOf } from './fit-contract.ts';

/** Elements that are looked at in one go. */
const stepElements = 250;
const maxErrors = 20;

/** Of the lists that are fields of the body itself; none where these are sound, or short enough to be looked at whole. */
export async function faultsInLongLists(
  schema: z.ZodType | undefined,
  value: unknown,
): Promise<FieldError[]> {
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object' || value === null) return [];
  const errors: FieldError[] = [];
  for (const [name, field] of Object.entries(schema.shape)) {
    const list = (value as Readonly<Record<string, unknown>>)[name];
    const element = elementOf(field);
    if (!Array.isArray(list) || list.length <= stepElements || element === undefined) continue;
    for (let index = 0; index < list.length && errors.length < maxErrors; index++) {
      if (index % stepElements === 0) await takeTurn();
      const fitted = fitContract(element, list[index], pointerOf([name, index], ''));
      if (!fitted.ok) errors.push(...fitted.errors);
    }
  }
  return errors.slice(0, maxErrors);
}

function elementOf(schema: unknown): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return elementOf(schema.unwrap());
  return schema instanceof z.ZodArray && schema.element instanceof z.ZodType ? schema.element : undefined;
}
