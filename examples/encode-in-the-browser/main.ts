// The page: encodes the chosen picture here, and asks the service with the numbers alone.

import { createClient } from '#client/client.ts';
import { openEncoder } from './encoder.ts';

const form = find('form', HTMLFormElement);
const output = find('output', HTMLOutputElement);
const sent = find('textarea', HTMLTextAreaElement);
const encoder = openEncoder('./nano-clip');

form.addEventListener('submit', (event) => {
  event.preventDefault();
  output.value = '…';
  classify(new FormData(form)).then(
    (answer) => {
      output.value = answer;
    },
    (error: unknown) => {
      output.value = error instanceof Error ? error.message : String(error);
    },
  );
});

async function classify(fields: FormData): Promise<string> {
  const picture = fields.get('picture');
  if (!(picture instanceof File)) return 'Choose a picture.';
  const embedding = await (await encoder)(picture);
  sent.value = JSON.stringify([...embedding]);
  const client = createClient({ url: textOf(fields, 'url') ?? '', key: textOf(fields, 'key') });
  const projection = textOf(fields, 'projection');
  const { results } = await client.classifications.embeddings(embedding, {
    projection,
    environment: textOf(fields, 'environment'),
    labels: projection === undefined ? textOf(fields, 'labels')?.split(',').map(trimmed) : undefined,
    topK: 1,
  });
  const [result] = results;
  if (result === undefined) return 'No answer.';
  if ('error' in result) return result.error.detail;
  return `${result.label} ${(100 * result.probability).toFixed(1)} %`;
}

function trimmed(text: string): string {
  return text.trim();
}

/** Of a field that was filled in. */
function textOf(fields: FormData, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function find<Of extends HTMLElement>(selector: string, kind: new () => Of): Of {
  const element = document.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`The page has no ${selector}.`);
  return element;
}
