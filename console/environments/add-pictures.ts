// Puts pictures into a profile, as many at a time as a request takes. The first batch makes the profile where there is none.

import type { ClipIcmClient } from '#client/client.ts';
import type { EnvironmentChanged } from '#shared/contracts/environment.ts';

/** What one request takes. */
export const batchSize = 64;

export type AddState = { readonly done: number; readonly total: number };

export type AddOutcome = {
  readonly profile: EnvironmentChanged;
  readonly failed: readonly { readonly name: string; readonly detail: string }[];
};

type Target = { readonly name: string; readonly exists: boolean; readonly model: string | undefined };

/** `undefined` where there are no pictures. What was added before an error stays. */
export async function addPictures(
  client: ClipIcmClient,
  { name, exists, model }: Target,
  files: readonly File[],
  onProgress: (state: AddState) => void,
): Promise<AddOutcome | undefined> {
  const failed: { name: string; detail: string }[] = [];
  let profile: EnvironmentChanged | undefined;
  for (let start = 0; start < files.length; start += batchSize) {
    onProgress({ done: start, total: files.length });
    const batch = files.slice(start, start + batchSize);
    profile =
      exists || profile !== undefined
        ? await client.environments.addFrom(name, batch)
        : await client.environments.createFrom({ name, ...(model && { model }) }, batch);
    for (const { index, detail } of profile.failures) failed.push({ name: batch[index]?.name ?? '', detail });
  }
  return profile && { profile, failed };
}
