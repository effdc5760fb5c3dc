// The check that every routine makes of the arrays it is given.

/** Throws RangeError where an array does not hold the shape it is said to have. */
export function checkLength(name: string, array: { readonly length: number }, expected: number): void {
  if (array.length !== expected) {
    throw new RangeError(`${name} holds ${array.length} values, expected ${expected}`);
  }
}
