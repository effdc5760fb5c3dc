// HTML and SVG as values that cannot be mixed up with text: whatever is put into a template is escaped unless it is
// markup itself. Knows nothing of what is drawn.

/** Finished markup; only the `markup` tag makes it. */
export class Markup {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

export type MarkupValue = Markup | string | number | undefined | readonly MarkupValue[];

/** Template tag: strings and numbers are escaped for text and quoted attributes, markup is not, `undefined` is nothing. */
export function markup(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  let source = strings[0] ?? '';
  for (const [index, value] of values.entries()) source += render(value) + (strings[index + 1] ?? '');
  return new Markup(source);
}

function render(value: MarkupValue): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.toString();
  if (Array.isArray(value)) return value.map(render).join('');
  return escapeText(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
