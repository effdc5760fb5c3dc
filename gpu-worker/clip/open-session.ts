// Opens graphs in ONNX Runtime, each file once however many towers are in it, and says in words why one cannot be opened.

import { InferenceSession } from 'onnxruntime-node';
import { err, ok, type Result } from '#shared/result.ts';
import type { TowerSpec } from './tower-spec.ts';

type OpenSession = { readonly session: InferenceSession; readonly release: () => Promise<void> };

/** Graphs that are open, and by how many towers: the two towers of a combined graph share its weights. */
const open = new Map<string, { readonly session: Promise<InferenceSession>; users: number }>();

export async function openSession(spec: TowerSpec): Promise<Result<OpenSession, string>> {
  const { file, executionProvider, intraOpThreads } = spec;
  const key = `${executionProvider} ${intraOpThreads} ${file}`;
  const entry = open.get(key) ?? { session: createSession(spec), users: 0 };
  open.set(key, entry);
  entry.users++;
  const leave = () => {
    entry.users--;
    if (entry.users === 0 && open.get(key) === entry) open.delete(key);
    return entry.users === 0;
  };
  try {
    const session = await entry.session;
    return ok({
      session,
      async release() {
        if (leave()) await session.release();
      },
    });
  } catch (error) {
    leave();
    return err(
      `ONNX Runtime (${executionProvider}) cannot load its ${graphOf(spec)} graph${reasonOf(error)}`,
    );
  }
}

function createSession({ file, executionProvider, intraOpThreads }: TowerSpec): Promise<InferenceSession> {
  return InferenceSession.create(file, {
    executionProviders: [executionProvider],
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    // Threads that spin between batches take the cores from decoding (a quarter of all CPU time, measured).
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    // The arena keeps the memory of the largest batch ever run: what bounds it is the largest batch.
    enableCpuMemArena: true,
  });
}

function graphOf({ input }: TowerSpec): string {
  return input.kind === 'pictures' ? 'picture' : 'text';
}

/** What of ONNX Runtime's words a person can act on: an operator that it lacks. Paths and sizes stay here. */
function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : '';
  const operator =
    /(?:Could not find an implementation for|is not a registered function\/op).*?(?=\n|$)|No Op registered for \S+/.exec(
      words,
    )?.[0];
  return operator === undefined ? '' : `: ${operator.slice(0, 120)}`;
}
