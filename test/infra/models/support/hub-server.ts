// A small server that speaks the hub's HTTP protocol on a free port: model info, paged file tree, resolve with a redirect
// to a second origin for LFS files, ranges. It can misbehave in the ways networks do, once per fault ordered.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  /** Sends so many bytes of the body and, when told, breaks the connection. */
  | { readonly kind: 'drop'; readonly afterBytes: number; readonly when: Promise<void> }
  /** Changes one byte. */
  | { readonly kind: 'corrupt' }
  /** Answers this status. */
  | { readonly kind: 'status'; readonly status: number }
  /** Sends the whole file whatever range was asked for. */
  | { readonly kind: 'ignore-range' };

export type SeenRequest = {
  readonly server: 'hub' | 'cdn';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
};

export type HubServer = {
  readonly endpoint: string;
  readonly requests: SeenRequest[];
  /** The next request for this file's bytes meets the fault; several queue up. */
  readonly order: (path: string, fault: Fault) => void;
  readonly close: () => Promise<void>;
};

export type HostedModel = {
  readonly name: string;
  readonly commit: string;
  readonly branch: string;
  readonly files: ReadonlyMap<string, Buffer>;
  /** Only callers with this token see the model. */
  readonly token?: string;
};

const isLfs = (path: string) => path.endsWith('.onnx') || path.endsWith('.onnx_data');

export async function startHubServer(model: HostedModel): Promise<HubServer> {
  const requests: SeenRequest[] = [];
  const faults = new Map<string, Fault[]>();
  const nextFault = (path: string) => faults.get(path)?.shift();
  const record = (server: SeenRequest['server'], request: IncomingMessage) =>
    requests.push({
      server,
      path: request.url ?? '',
      range: request.headers.range,
      authorization: request.headers.authorization,
    });

  const cdn = createServer((request, response) => {
    record('cdn', request);
    const path = decodeURIComponent((request.url ?? '').slice(1));
    sendFile(request, response, model.files.get(path), nextFault(path));
  });
  const cdnAddress = await listen(cdn);
  const hub = createServer((request, response) => {
    record('hub', request);
    answerHub(model, cdnAddress, nextFault, request, response);
  });
  const endpoint = await listen(hub);
  return {
    endpoint,
    requests,
    order: (path, fault) => faults.set(path, [...(faults.get(path) ?? []), fault]),
    close: async () => {
      await Promise.all([close(hub), close(cdn)]);
    },
  };
}

function answerHub(
  model: HostedModel,
  cdnAddress: string,
  nextFault: (path: string) => Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? '/', 'http://hub');
  const revisions = `(${model.commit}|${model.branch})`;
  const at = (pattern: string) => new RegExp(`^${pattern}$`).exec(url.pathname);
  if (model.token !== undefined && request.headers.authorization !== `Bearer ${model.token}`) {
    sendJson(response, 401, { error: 'Invalid username or password.' });
  } else if (at(`/api/models/${model.name}/revision/${revisions}`)) {
    sendJson(response, 200, { _id: '1', id: model.name, sha: model.commit, lastModified: '2024-01-01' });
  } else if (at(`/api/models/${model.name}/tree/${model.commit}`)) {
    sendTree(model, url, response, request.headers.host ?? '');
  } else {
    const path = at(`/${model.name}/resolve/${model.commit}/(.+)`)?.[1] ?? '';
    const bytes = model.files.get(path);
    if (bytes === undefined)
      sendJson(response, 404, { error: 'Not found' }, { 'x-error-code': 'RepoNotFound' });
    else if (isLfs(path)) redirectToCdn(model, cdnAddress, path, bytes, response);
    else sendFile(request, response, bytes, nextFault(path));
  }
}

/** Two entries a page, so that paging is always met. */
function sendTree(model: HostedModel, url: URL, response: ServerResponse, host: string): void {
  const entries = [
    { type: 'directory', path: 'onnx', oid: sha('sha1', Buffer.alloc(0)), size: 0 },
    ...[...model.files].map(([path, bytes]) => treeEntry(path, bytes)),
  ];
  const start = Number(url.searchParams.get('cursor') ?? 0);
  const next = start + 2;
  url.searchParams.set('cursor', String(next));
  const link = `<http://${host}${url.pathname}${url.search}>; rel="next"`;
  const more: Record<string, string> = next < entries.length ? { link } : {};
  sendJson(response, 200, entries.slice(start, next), more);
}

function treeEntry(path: string, bytes: Buffer) {
  const entry = { type: 'file', path, size: bytes.length };
  const gitBlob = sha('sha1', Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]));
  // For LFS files git's name is that of the pointer, not of the content.
  return isLfs(path)
    ? {
        ...entry,
        oid: sha('sha1', Buffer.from(path)),
        lfs: { oid: sha('sha256', bytes), size: bytes.length, pointerSize: 134 },
      }
    : { ...entry, oid: gitBlob };
}

function redirectToCdn(
  model: HostedModel,
  cdnAddress: string,
  path: string,
  bytes: Buffer,
  response: ServerResponse,
): void {
  response.writeHead(302, {
    location: `${cdnAddress}/${encodeURIComponent(path)}`,
    'x-repo-commit': model.commit,
    'x-linked-etag': `"${sha('sha256', bytes)}"`,
    'x-linked-size': bytes.length,
  });
  response.end();
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer | undefined,
  fault: Fault | undefined,
): void {
  const range = fault?.kind === 'ignore-range' ? undefined : rangeStart(request);
  if (bytes === undefined) sendJson(response, 404, { error: 'Not found' });
  else if (fault?.kind === 'status') sendJson(response, fault.status, { error: 'ordered by the test' });
  else if (range !== undefined && range >= bytes.length) sendJson(response, 416, { error: 'range' });
  else sendBytes(response, bytes, range, fault);
}

function sendBytes(
  response: ServerResponse,
  bytes: Buffer,
  start: number | undefined,
  fault: Fault | undefined,
): void {
  const body = Buffer.from(bytes.subarray(start ?? 0));
  if (fault?.kind === 'corrupt') body[0] = (body[0] ?? 0) ^ 0xff;
  const range =
    start === undefined ? {} : { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(start === undefined ? 200 : 206, {
    etag: `"${sha('sha256', bytes)}"`,
    'accept-ranges': 'bytes',
    'content-length': body.length,
    ...range,
  });
  if (fault?.kind === 'drop') {
    response.write(body.subarray(0, fault.afterBytes));
    void fault.when.then(() => response.destroy());
  } else {
    response.end(body);
  }
}

function rangeStart(request: IncomingMessage): number | undefined {
  const match = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  return match === null ? undefined : Number(match[1]);
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

function sha(algorithm: 'sha1' | 'sha256', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
