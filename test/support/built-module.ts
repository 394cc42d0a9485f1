/** A module as it is built: what starts threads cannot start them from TypeScript on every Node that is supported. */
export async function builtModule<Module>(file: string): Promise<Module> {
  return (await import(new URL(`../../dist/${file}`, import.meta.url).href)) as Module
}
