// A made-up model with files of the right names; the bytes mean nothing, downloads do not look inside.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostedModel } from './hub-server.ts';

/** The same bytes for the same name, incompressible. */
function bytesOf(name: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 32 < length; block++) {
    blocks.push(createHash('sha256').update(`${name}/${block}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

export const weightsLength = 300_000;

const weights = [
  'onnx/text_model.onnx',
  'onnx/vision_model.onnx',
  'onnx/text_model_fp16.onnx',
  'onnx/vision_model_fp16.onnx',
  'onnx/vision_model_fp16.onnx_data',
  'onnx/model.onnx',
];

const files: ReadonlyMap<string, Buffer> = new Map([
  ['README.md', Buffer.from('not wanted')],
  ['config.json', Buffer.from('{"model_type":"clip","projection_dim":48}')],
  ['preprocessor_config.json', Buffer.from('{"size":8}')],
  ['tokenizer.json', Buffer.from(`{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}${' '.repeat(5000)}`)],
  ['tokenizer_config.json', Buffer.from('{}')],
  ...weights.map((path) => [path, bytesOf(path, weightsLength)] as const),
]);

export function hostedModel(extra: Partial<HostedModel> = {}): HostedModel {
  return { name: 'someone/tiny-clip', commit: 'a'.repeat(40), branch: 'main', files, ...extra };
}

/** One that loads and runs: a family of test/fixtures. */
export async function hostedFamily(directory: string): Promise<HostedModel> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  const content = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(directory, path))] as const),
  );
  return hostedModel({ files: new Map(content) });
}
