// NumPy's symmetric eigen-decomposition on one thread, where there is a Python with NumPy.

import { runScript } from '../run-script.ts';

const candidates = ['python3', '/usr/bin/python3'];

/** Reads float64 [n, n] and prints the milliseconds of the second run and the largest eigenvalue. */
const script = `
import json, sys, time
import numpy
a = numpy.frombuffer(sys.stdin.buffer.read(), dtype=numpy.float64)
a = a.reshape(int(len(a) ** 0.5), -1)
numpy.linalg.eigh(a)
started = time.perf_counter()
values, _ = numpy.linalg.eigh(a)
ms = 1000 * (time.perf_counter() - started)
print(json.dumps({"ms": ms, "largest": values[-1], "version": numpy.__version__}))
`;

export type NumpyEigen = { readonly ms: number; readonly largest: number; readonly version: string };

/** The command of a Python that has it, or `undefined`. */
export async function findNumpy(): Promise<string | undefined> {
  for (const python of candidates) {
    const found = await runScript(python, ['-c', 'import numpy; print(1)']).catch(() => undefined);
    if (found !== undefined) return python;
  }
  return undefined;
}

export function numpyEigen(python: string, matrix: Float64Array<ArrayBuffer>): Promise<NumpyEigen> {
  return runScript(python, ['-c', script], new Uint8Array(matrix.buffer));
}
