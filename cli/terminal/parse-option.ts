// How the command line's texts become values; what does not fit is refused with commander's own message.

import { InvalidArgumentError } from 'commander';

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`A whole number from ${min} to ${max}.`);
  };
}

export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`A number from ${min} to ${max}.`);
  };
}

/** `auto`, or what `parse` takes. */
export function orAuto<Value>(parse: (text: string) => Value): (text: string) => Value | 'auto' {
  return (text) => {
    if (text === 'auto') return 'auto';
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(
        `auto, or ${error.message.slice(0, 1).toLowerCase()}${error.message.slice(1)}`,
      );
    }
  };
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new InvalidArgumentError(`One of ${choices.join(', ')}.`);
    return choice;
  };
}

/** Comma-separated, each of `choices`. */
export function someOf<const Choice extends string>(choices: readonly Choice[]): (text: string) => Choice[] {
  const parse = oneOf(choices);
  return (text) => listOf(text).map(parse);
}

export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** For options that may be repeated. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
