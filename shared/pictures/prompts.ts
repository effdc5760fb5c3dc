// The words that CLIP is asked about a label. A label may be a folder's name, and there `_` stands for a space: the text encoder
// is to see "polar bear". The label itself keeps its name.

export function fillTemplate(template: string, label: string): string {
  // A function, because a label may hold "$&" and the like.
  return template.replace('{}', () => label.replaceAll('_', ' '));
}

/** A class and a label mean the same where these words are the same. */
export function asWords(text: string): string {
  return text.replaceAll('_', ' ').normalize('NFC').trim();
}

/** All templates of the first label, then of the next: [c · t], as `classPrototypes` takes their embeddings. */
export function promptsOf(labels: readonly string[], templates: readonly string[]): string[] {
  return labels.flatMap((label) => templates.map((template) => fillTemplate(template, label)));
}
