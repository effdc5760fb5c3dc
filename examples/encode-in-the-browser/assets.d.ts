// Vite gives a file's address for `?url`; its own types know the suffix alone, not behind a package's exports.
declare module '*.wasm?url' {
  const address: string;
  export default address;
}
