// Kernels of WebAssembly at work: compiling one where the runtime allows it, and the memory it computes in.

type Run = (...parameters: number[]) => void;
export type Kernel = { readonly memory: WebAssembly.Memory; readonly run: Run };

export const pageBytes = 65_536;

/**
 * A kernel that is compiled when first asked for and kept, with a memory of its own that only grows: nobody may hold on to
 * what is in it between two calls. `undefined` where the runtime forbids code generation, as workerd does.
 */
export function lazyKernel(name: string, source: () => Uint8Array<ArrayBuffer>): () => Kernel | undefined {
  let compiled: { readonly kernel: Kernel | undefined } | undefined;
  return () => {
    compiled ??= { kernel: compile(name, source()) };
    return compiled.kernel;
  };
}

function compile(name: string, bytes: Uint8Array<ArrayBuffer>): Kernel | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    // Workers' types, under which the edge sees this file, call both classes abstract: code is not made there.
    const Module = WebAssembly.Module as unknown as new (bytes: BufferSource) => WebAssembly.Module;
    return { memory, run: instantiate(new Module(bytes), name, memory) };
  } catch {
    return undefined;
  }
}

/** The exported function of an assembled module, working on this memory. */
export function instantiate(module: WebAssembly.Module, name: string, memory: WebAssembly.Memory): Run {
  const Instance = WebAssembly.Instance as unknown as new (...args: unknown[]) => WebAssembly.Instance;
  return new Instance(module, { env: { memory } }).exports[name] as Run;
}

/** Grows the memory to at least so many bytes; views of it made before are then empty. */
export function reserve(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}

export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
