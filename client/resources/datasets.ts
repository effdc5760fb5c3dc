// /v1/datasets: make one, fill it picture by picture, as tar archives, as a whole tree, or by addresses.

import type { z } from 'zod';
import type {
  ArchiveResult,
  Dataset,
  DatasetCreate,
  DatasetItem,
  ImportRequest,
  ItemQuery,
} from '#shared/contracts/dataset.ts';
import type { Job } from '#shared/contracts/job.ts';
import { type PictureBytes, pictureType } from '../picture.ts';
import { create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';
import type { TreePicture } from '../upload-tree.ts';
import { type UploadTreeOptions, uploadTree } from '../upload-tree.ts';

export type Datasets = Listing<Dataset> & {
  create(request: z.input<typeof DatasetCreate>, options?: CreateOptions): Promise<Dataset>;
  /** By name or id, as in every call below. */
  get(dataset: string, call?: CallOptions): Promise<Dataset>;
  delete(dataset: string, call?: CallOptions): Promise<void>;
  items(dataset: string): Listing<DatasetItem>;
  deleteItem(dataset: string, item: string, call?: CallOptions): Promise<void>;
  /** The picture itself, as it was uploaded. */
  content(dataset: string, item: string, call?: CallOptions): Promise<Blob>;
  upload(
    dataset: string,
    picture: PictureBytes,
    place?: z.input<typeof ItemQuery>,
    call?: CallOptions,
  ): Promise<DatasetItem>;
  /** A tar whose entries are `environment/class/file`. */
  uploadArchive(dataset: string, archive: PictureBytes, call?: CallOptions): Promise<ArchiveResult>;
  /** Any number of pictures, sent as archives of bounded size; pictures already there are not stored again. */
  uploadTree(
    dataset: string,
    pictures: Iterable<TreePicture> | AsyncIterable<TreePicture>,
    options?: UploadTreeOptions,
  ): Promise<ArchiveResult>;
  /** The service fetches the pictures; answers with the job that does. */
  import(dataset: string, request: z.input<typeof ImportRequest>, options?: CreateOptions): Promise<Job>;
};

export function datasets(transport: Transport): Datasets {
  const uploadArchive: Datasets['uploadArchive'] = (dataset, archive, call = {}) =>
    transport.json<ArchiveResult>({
      ...call,
      method: 'POST',
      path: path`/v1/datasets/${dataset}/archive`,
      body: { bytes: archive, contentType: 'application/x-tar' },
      // Items are addressed by content: a second upload of the same bytes changes nothing.
      repeatable: true,
    });
  return {
    ...listing<Dataset>(transport, '/v1/datasets'),
    create: (request, options) => create(transport, '/v1/datasets', request, options),
    get: (dataset, call) => read(transport, path`/v1/datasets/${dataset}`, call),
    delete: (dataset, call) => remove(transport, path`/v1/datasets/${dataset}`, call),
    items: (dataset) => listing(transport, path`/v1/datasets/${dataset}/items`),
    deleteItem: (dataset, item, call) => remove(transport, path`/v1/datasets/${dataset}/items/${item}`, call),
    content: async (dataset, item, call = {}) => {
      const response = await transport.send({
        ...call,
        method: 'GET',
        path: path`/v1/datasets/${dataset}/items/${item}/content`,
        headers: { accept: 'image/*' },
        repeatable: true,
      });
      return response.blob();
    },
    upload: async (dataset, picture, place = {}, call = {}) =>
      transport.json<DatasetItem>({
        ...call,
        method: 'POST',
        path: path`/v1/datasets/${dataset}/items`,
        query: place,
        body: { bytes: picture, contentType: await pictureType(picture) },
        repeatable: true,
      }),
    uploadArchive,
    uploadTree: (dataset, pictures, options = {}) =>
      uploadTree((archive) => uploadArchive(dataset, archive, options), pictures, options),
    import: (dataset, request, options) =>
      create(transport, path`/v1/datasets/${dataset}/imports`, request, options),
  };
}
