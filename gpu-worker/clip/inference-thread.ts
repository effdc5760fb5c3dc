// Entry of the inference thread: holds the open towers and runs one batch after another.

import { letGo } from '#shared/let-go.ts';
import type { Result } from '#shared/result.ts';
import { serveThread } from '../threads/serve-thread.ts';
import { openTower, type Tower } from './open-tower.ts';
import type { TowerInfo, TowerInput, TowerSpec } from './tower-spec.ts';

export type InferenceRequest =
  | { readonly kind: 'open'; readonly tower: number; readonly spec: TowerSpec }
  | { readonly kind: 'run'; readonly tower: number; readonly input: TowerInput; readonly rows: number }
  | { readonly kind: 'release'; readonly tower: number };

export type InferenceAnswer =
  | { readonly kind: 'open'; readonly opened: Result<TowerInfo, string> }
  | { readonly kind: 'run'; readonly output: Float32Array<ArrayBuffer>; readonly runMs: number }
  | { readonly kind: 'release' };

const towers = new Map<number, Tower>();

serveThread<InferenceRequest, InferenceAnswer>(async (request) => {
  switch (request.kind) {
    case 'open':
      return { answer: { kind: 'open', opened: await open(request.tower, request.spec) } };
    case 'run': {
      const tower = towers.get(request.tower);
      if (tower === undefined) throw new Error(`tower ${request.tower} is not open`);
      const startMs = performance.now();
      // A copy: the runtime's own buffer cannot be handed to another thread.
      const output = Float32Array.from(await tower.run(request.input, request.rows));
      letGo(request.input.buffer);
      return {
        answer: { kind: 'run', output, runMs: performance.now() - startMs },
        transfer: [output.buffer],
      };
    }
    case 'release':
      await towers.get(request.tower)?.release();
      towers.delete(request.tower);
      return { answer: { kind: 'release' } };
  }
});

async function open(id: number, spec: TowerSpec): Promise<Result<TowerInfo, string>> {
  const opened = await openTower(spec);
  if (!opened.ok) return opened;
  towers.set(id, opened.value);
  const { run: _run, release: _release, ...info } = opened.value;
  return { ok: true, value: info };
}
