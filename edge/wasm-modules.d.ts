// What wrangler makes of a `.wasm` file that is imported: a module compiled before the script starts.

declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
