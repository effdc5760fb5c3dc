// Tell the service about the place that your pictures come from: a profile of a few of them, without labels. Then ask about one with it.
//
//   node examples/make-profile.ts emoji monochrome samples/emoji/emojione-monotone

import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from 'clip-icm/client';
import { findService } from './service.ts';

const [projection = 'emoji', name = 'monochrome', directory = 'samples/emoji/emojione-monotone'] =
  process.argv.slice(2);
const client = createClient(findService());

const files = (await readdir(directory, { recursive: true })).filter((file) => file.endsWith('.png'));
const pictures = files.map((file) => new Uint8Array(readFileSync(path.join(directory, file))));

// Up to 64 at a time; `addFrom` takes more.
await client.environments.createFrom({ name }, pictures.slice(0, 64));
for (let next = 64; next < pictures.length; next += 64) {
  await client.environments.addFrom(name, pictures.slice(next, next + 64));
}
const profile = await client.environments.get(name, { projection });
console.log(`${profile.name}: ${profile.pictures} pictures`);
for (const { head, mode, skewed } of profile.fit?.heads ?? []) {
  console.log(`${head}: ${mode}${skewed ? ', but its pictures show too few classes' : ''}`);
}

const [picture = new Uint8Array()] = pictures;
for (const environment of [undefined, name]) {
  const { results } = await client.classifications.picture(picture, { projection, environment, topK: 1 });
  const [result] = results;
  if (result !== undefined && 'label' in result)
    console.log(environment ?? 'no profile', files[0], result.label);
}
