// Kernels for runtimes that compile WebAssembly while they run, which workerd does not: the edge brings a compiled module and a
// memory of its own to held-rows.ts, and solves nothing.

import { kernelBytes } from './kernel-bytes.ts';
import { instantiate, type Kernels } from './wasm-kernel.ts';

export type Workspace = { readonly memory: WebAssembly.Memory; readonly kernels: Kernels };

/**
 * Kernels on a memory of their own, made when first asked for and kept. The memory only grows: nobody may hold on to what is in
 * it between two calls.
 */
export function lazyWorkspace(): () => Workspace {
  let made: Workspace | undefined;
  return () => {
    made ??= makeWorkspace();
    return made;
  };
}

let compiled: WebAssembly.Module | undefined;

/** The module, compiled once. */
export function kernelModule(): WebAssembly.Module {
  // Workers' types, under which the edge's types reach this file, call the class abstract.
  const Module = WebAssembly.Module as unknown as new (bytes: BufferSource) => WebAssembly.Module;
  compiled ??= new Module(Uint8Array.from(atob(kernelBytes), (digit) => digit.charCodeAt(0)));
  return compiled;
}

function makeWorkspace(): Workspace {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return { memory, kernels: instantiate(kernelModule(), memory) };
}
