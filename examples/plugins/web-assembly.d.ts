/** What is used of it. A project whose tsconfig.json has the library `dom` need not say this. */
declare namespace WebAssembly {
  function instantiate(
    bytes: Uint8Array,
  ): Promise<{ readonly instance: { readonly exports: unknown } }>
}
