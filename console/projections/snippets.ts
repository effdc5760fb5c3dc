// How a program asks a projection about a picture, to copy. Each is run against a stack by test/browser/first-minute.test.ts.

export const languages = ['curl', 'typescript', 'python'] as const;
export type Language = (typeof languages)[number];

/** Without the key: it is read from `CLIP_ICM_KEY`, so that it is in no file and no shell history. */
export const keyLine = "export CLIP_ICM_KEY='icm_…'";

/** In a checkout, and in one's own project: the client is in no registry yet. */
export const packLine = 'npm run packages';
export const installLine = 'npm install …/dist/packages/clip-icm-client-0.1.0.tgz';

/** `projection`: a name, or `name@version`; `url`: of the service, without a slash at the end. */
export function snippetOf(
  language: Language,
  { url, projection }: { url: string; projection: string },
): string {
  switch (language) {
    case 'curl':
      return `curl -s '${url}/v1/classifications?projection=${projection}' \\
  -H "authorization: Bearer $CLIP_ICM_KEY" -H 'content-type: image/jpeg' \\
  --data-binary @picture.jpg`;
    case 'typescript':
      return `import { readFile } from 'node:fs/promises';
import { createClient } from 'clip-icm-client';

const client = createClient({ url: '${url}', key: process.env.CLIP_ICM_KEY ?? '' });
const picture = await readFile('picture.jpg');
const { results } = await client.classifications.picture(picture, { projection: '${projection}' });
console.log(results[0]);`;
    case 'python':
      return `import json, os
from urllib.request import Request, urlopen

picture = open("picture.jpg", "rb").read()
request = Request(
    "${url}/v1/classifications?projection=${projection}",
    data=picture,
    headers={"authorization": "Bearer " + os.environ["CLIP_ICM_KEY"], "content-type": "image/jpeg"},
)
print(json.load(urlopen(request))["results"][0])`;
  }
}
