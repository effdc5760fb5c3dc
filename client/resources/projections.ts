// /v1/projections and /v1/aliases: fit, refit, extend, inspect, move names, download and upload.

import type { z } from 'zod';
import type {
  ArtefactQuery,
  ExtendRequest,
  FitAccepted,
  FitRequest,
  Projection,
  RefitRequest,
  SelectionResponse,
  SpectrumResponse,
} from '#shared/contracts/projection.ts';
import type { MoveRequest, ReleaseWish } from '#shared/contracts/release.ts';
import type { ShadowReport } from '#shared/contracts/shadow.ts';
import { change, create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';

export type Alias = {
  readonly name: string;
  readonly version: number;
  /** Pointed by hand: publishing a newer version does not move it. */
  readonly pinned: boolean;
  /** The candidate that is asked beside it. */
  readonly shadow?: number;
};

/** `from`: the version that the name must mean now; another is a conflict. */
export type MoveOptions = CallOptions & z.input<typeof MoveRequest>;

export type DownloadOptions = CallOptions & z.input<typeof ArtefactQuery>;

/** In every call `projection` is `name` (the current version), `name@version` or an id. */
export type Projections = Listing<Projection> & {
  fit(request: z.input<typeof FitRequest>, options?: CreateOptions): Promise<FitAccepted>;
  /** Solves again from the stored statistics; no picture is encoded. */
  refit(
    projection: string,
    request: z.input<typeof RefitRequest>,
    options?: CreateOptions,
  ): Promise<FitAccepted>;
  extend(
    projection: string,
    request: z.input<typeof ExtendRequest>,
    options?: CreateOptions,
  ): Promise<FitAccepted>;
  get(projection: string, call?: CallOptions): Promise<Projection>;
  /** What was chosen in each mode, by what estimate and why; of an artefact of the first format, the table of its selection. */
  report(projection: string, call?: CallOptions): Promise<SelectionResponse>;
  spectrum(projection: string, call?: CallOptions): Promise<z.output<typeof SpectrumResponse>>;
  /** The `.icm` file, or what others read: all its tensors, or a head as an ONNX model. */
  download(projection: string, call?: DownloadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** An `.icm` file made elsewhere becomes the next version of `name`. */
  upload(
    name: string,
    artefact: Uint8Array<ArrayBuffer> | Blob,
    call?: CreateOptions & { readonly release?: ReleaseWish | undefined },
  ): Promise<Projection>;
  /** Makes this version what its bare name means, whatever it is worth. */
  promote(projection: string, options?: MoveOptions): Promise<Projection>;
  /** Makes the name mean what it meant before. Repeated by itself only where `from` keeps it from going back twice. */
  rollback(name: string, options?: MoveOptions): Promise<Projection>;
  /** What each bare name means. */
  aliases(call?: CallOptions): Promise<Alias[]>;
  /** Asks a candidate beside the current version and counts how often it would answer otherwise; counting begins anew. */
  setShadow(name: string, version: number, call?: CallOptions): Promise<ShadowReport>;
  /** How often the candidate would have answered otherwise, some seconds behind. */
  shadow(name: string, call?: CallOptions): Promise<ShadowReport>;
  /** Asks the candidate no more; answers what was counted until now. */
  endShadow(name: string, call?: CallOptions): Promise<ShadowReport>;
  /** Makes the bare name mean this version, also after later fits. */
  pointAlias(name: string, version: number, call?: CallOptions): Promise<Projection>;
  /** Takes the pin off: the bare name follows its versions again, where they are not below. */
  releaseAlias(name: string, call?: CallOptions): Promise<Projection>;
  delete(projection: string, call?: CallOptions): Promise<void>;
};

export function projections(transport: Transport): Projections {
  return {
    ...listing<Projection>(transport, '/v1/projections'),
    fit: (request, options) => create(transport, '/v1/projections', request, options),
    refit: (projection, request, options) =>
      create(transport, path`/v1/projections/${projection}/refits`, request, options),
    extend: (projection, request, options) =>
      create(transport, path`/v1/projections/${projection}/extensions`, request, options),
    get: (projection, call) => read(transport, path`/v1/projections/${projection}`, call),
    report: (projection, call) => read(transport, path`/v1/projections/${projection}/selection`, call),
    spectrum: (projection, call) => read(transport, path`/v1/projections/${projection}/spectrum`, call),
    download: async (projection, { format, head, mode, ...call } = {}) => {
      const response = await transport.send({
        ...call,
        method: 'GET',
        path: path`/v1/projections/${projection}/artefact`,
        query: { format, head, mode },
        headers: { accept: '*/*' },
        repeatable: true,
      });
      return new Uint8Array(await response.arrayBuffer());
    },
    upload: (name, artefact, { idempotencyKey = crypto.randomUUID(), release, ...call } = {}) =>
      transport.json<Projection>({
        ...call,
        method: 'POST',
        path: '/v1/projections/artefacts',
        query: { name, release },
        headers: { 'idempotency-key': idempotencyKey },
        body: { bytes: artefact, contentType: 'application/vnd.clip-icm.icm' },
        repeatable: true,
      }),
    promote: (projection, { from, ...call } = {}) =>
      transport.json<Projection>({
        ...call,
        method: 'POST',
        path: path`/v1/projections/${projection}/promote`,
        body: { json: { from } },
        // Promoting what is current changes nothing.
        repeatable: true,
      }),
    rollback: (name, { from, ...call } = {}) =>
      transport.json<Projection>({
        ...call,
        method: 'POST',
        path: path`/v1/projections/${name}/rollback`,
        body: { json: { from } },
        repeatable: from !== undefined,
      }),
    setShadow: (name, version, call) =>
      change(transport, 'PUT', path`/v1/projections/${name}/shadow`, { version }, call),
    shadow: (name, call) => read(transport, path`/v1/projections/${name}/shadow`, call),
    endShadow: (name, call = {}) =>
      transport.json<ShadowReport>({
        ...call,
        method: 'DELETE',
        path: path`/v1/projections/${name}/shadow`,
        repeatable: false,
      }),
    pointAlias: (name, version, call) =>
      change(transport, 'PUT', path`/v1/aliases/${name}`, { version }, call),
    releaseAlias: (name, call = {}) =>
      transport.json<Projection>({
        ...call,
        method: 'DELETE',
        path: path`/v1/aliases/${name}`,
        repeatable: true,
      }),
    aliases: async (call) => (await read<{ items: Alias[] }>(transport, '/v1/aliases', call)).items,
    delete: (projection, call) => remove(transport, path`/v1/projections/${projection}`, call),
  };
}
