// Profiles of environments: made from a few pictures or embeddings, added to, taken from. Keeps sums and a few embeddings,
// never a picture. What it fails with for single inputs is listed beside what the others came to.

import { type AppError, appError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EnvironmentCache } from '../cache/environment-cache.ts';
import type { ModelDirectory } from '../cache/model-directory.ts';
import type { EnvironmentRecord, ProfileContent } from '../stores/environment-record.ts';
import type { EnvironmentStore } from '../stores/environment-store.ts';
import { embedInputs } from './embed-inputs.ts';
import {
  commonFailure,
  type EmbedSources,
  type Input,
  type InputFailure,
  unpackEmbeddings,
} from './embedded.ts';
import { noEnvironment } from './find-environment.ts';
import { invalid } from './head-options.ts';
import type { AskingForPictures } from './hold-pictures.ts';
import { addToContent, emptyContent, type ProfilePicture, removeFromContent } from './profile-content.ts';
import { type InputFault, usableInputs } from './usable-inputs.ts';

export type EnvironmentSources = EmbedSources & {
  readonly environmentStore: EnvironmentStore;
  readonly environments: EnvironmentCache;
  readonly modelDirectory: ModelDirectory;
  readonly defaultModel: string;
  readonly newId: (kind: 'environment') => string;
};

export type Changed = {
  readonly environment: EnvironmentRecord;
  readonly used: number;
  readonly failures: readonly InputFault[];
};

/** Of one tenant; some 140 KB of the database each at d = 512. */
export const maxEnvironments = 250;

/** How often a change that met another is made again. */
const maxRounds = 20;

type CreateFailure = InputFailure | 'conflict' | 'quota-exceeded';

export async function createEnvironment(
  { name, model: modelName, inputs }: { name: string; model: string | undefined; inputs: Inputs },
  asking: AskingForPictures,
  sources: EnvironmentSources,
): Promise<Result<Changed, AppError<CreateFailure>>> {
  const { tenantId, nowMs } = asking;
  const { environmentStore } = sources;
  if ((await environmentStore.find(tenantId, name)) !== undefined) return err(nameTaken(name));
  const described = await sources.modelDirectory.describe(modelName ?? sources.defaultModel, nowMs);
  if (!described.ok) return described;
  const { reference: model, embeddingDimension } = described.value;
  const pictures = await embedForProfile(inputs, { model, dimension: embeddingDimension }, asking, sources);
  if (!pictures.ok) return pictures;
  const content = addToContent(emptyContent(embeddingDimension), pictures.value.pictures);
  const id = sources.newId('environment');
  const isNew = await environmentStore.insert(
    tenantId,
    { id, name, model, ...content },
    maxEnvironments,
    nowMs,
  );
  if (!isNew) return err(await whyNotMade(tenantId, name, environmentStore));
  sources.environments.forget(tenantId, name);
  const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
  const environment = { id, name, model, pictures: content.pictures, revision: 1, ...times };
  return ok({ environment, used: pictures.value.pictures.length, failures: pictures.value.failures });
}

/** Pictures that are there already count again: two may look alike, and a frame may come twice. */
export function addToEnvironment(
  name: string,
  inputs: Inputs,
  asking: AskingForPictures,
  sources: EnvironmentSources,
): Promise<Result<Changed, AppError<ChangeFailure>>> {
  return changeEnvironment(name, inputs, asking, sources, (content, pictures) =>
    ok(addToContent(content, pictures)),
  );
}

/** Takes what was added before out of the sum; whether it ever was in it, nobody can know. */
export function removeFromEnvironment(
  name: string,
  inputs: Inputs,
  asking: AskingForPictures,
  sources: EnvironmentSources,
): Promise<Result<Changed, AppError<ChangeFailure>>> {
  return changeEnvironment(name, inputs, asking, sources, (content, pictures) => {
    const left = removeFromContent(content, pictures);
    return left === undefined
      ? err(appError('conflict', `The profile of ${name} has only ${content.pictures} pictures.`))
      : ok(left);
  });
}

type Inputs = readonly Input[] | Float32Array;
type ChangeFailure = InputFailure | 'not-found' | 'conflict';

async function changeEnvironment(
  name: string,
  inputs: Inputs,
  asking: AskingForPictures,
  sources: EnvironmentSources,
  change: (
    content: ProfileContent,
    pictures: readonly ProfilePicture[],
  ) => Result<ProfileContent, AppError<'conflict'>>,
): Promise<Result<Changed, AppError<ChangeFailure>>> {
  const { tenantId, nowMs } = asking;
  const { environmentStore } = sources;
  const known = await environmentStore.find(tenantId, name);
  if (known === undefined) return err(noEnvironment);
  const target = { model: known.model, dimension: known.sum.length };
  const embedded = await embedForProfile(inputs, target, asking, sources);
  if (!embedded.ok) return embedded;
  const { pictures, failures } = embedded.value;
  for (let round = 0; round < maxRounds; round++) {
    const present = await environmentStore.findWhole(tenantId, name);
    if (present === undefined || present.id !== known.id) return err(noEnvironment);
    const content = change(present, pictures);
    if (!content.ok) return content;
    if (await environmentStore.change(tenantId, present, content.value, nowMs)) {
      sources.environments.forget(tenantId, name);
      const { sum: _, kept: __, ...record } = present;
      const revision = present.revision + 1;
      const environment = { ...record, pictures: content.value.pictures, revision, updatedAtMs: nowMs };
      return ok({ environment, used: pictures.length, failures });
    }
  }
  return err(appError('conflict', `The profile of ${name} is being changed by too many at once.`));
}

/** Fails as a whole where no input can be used. */
async function embedForProfile(
  inputs: Inputs,
  { model, dimension }: { readonly model: ModelReference; readonly dimension: number },
  asking: AskingForPictures,
  sources: EnvironmentSources,
): Promise<
  Result<
    { readonly pictures: readonly ProfilePicture[]; readonly failures: readonly InputFault[] },
    AppError<InputFailure>
  >
> {
  const list = inputs instanceof Float32Array ? unpackEmbeddings(inputs, dimension) : ok(inputs);
  if (!list.ok) return list;
  const target = { model, dimension, pointerOf: (index: number) => `/inputs/${index}` };
  const embedded = await embedInputs(list.value, target, asking, sources);
  const common = commonFailure(embedded);
  if (common !== undefined) return err(common);
  const { usable: pictures, failures } = await usableInputs(embedded);
  if (pictures.length === 0) return err(invalid('/inputs', 'Not one of the inputs could be used.'));
  return ok({ pictures, failures });
}

export const tooManyEnvironments = appError(
  'quota-exceeded',
  `A tenant may have at most ${maxEnvironments} environments.`,
);

export function nameTaken(name: string): AppError<'conflict'> {
  return appError('conflict', `There is an environment ${name} already: add to it, or delete it first.`);
}

async function whyNotMade(
  tenantId: string,
  name: string,
  store: Pick<EnvironmentStore, 'find'>,
): Promise<AppError<'conflict' | 'quota-exceeded'>> {
  if ((await store.find(tenantId, name)) !== undefined) return nameTaken(name);
  return tooManyEnvironments;
}
