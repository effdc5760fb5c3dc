// Reads docs/glossary.md, so that the words are explained in one place. Paragraphs `**term** (aside): what it is`.

/** Plain text by term, without Markdown. */
export function readGlossary(markdown: string): ReadonlyMap<string, string> {
  const paragraphs = markdown.split(/\n{2,}/).map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim());
  return new Map(
    paragraphs.flatMap((paragraph) => {
      const [, term, text] = /^\*\*(.+?)\*\*[^:]*: (.+)$/.exec(paragraph) ?? [];
      return term === undefined || text === undefined ? [] : [[term, plain(text)] as const];
    }),
  );
}

/** Throws where one of the terms is not explained. */
export function pickTerms(markdown: string, terms: readonly string[]): Record<string, string> {
  const glossary = readGlossary(markdown);
  return Object.fromEntries(
    terms.map((term) => {
      const text = glossary.get(term);
      if (text === undefined)
        throw new Error(`docs/glossary.md does not explain “${term}”, which the console names`);
      return [term, text];
    }),
  );
}

function plain(text: string): string {
  const unlinked = text.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1');
  const sentence = unlinked.replaceAll(/[`*]/g, '');
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
