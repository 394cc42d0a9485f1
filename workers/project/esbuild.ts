import type * as Esbuild from 'esbuild'

/** Loaded when something is to be bundled: where only images are loaded, esbuild need not be installed. */
let loaded: Promise<typeof Esbuild> | undefined

function load(): Promise<typeof Esbuild> {
  loaded ??= import('esbuild').catch((cause: unknown) => {
    const expected = 'install it, or load an image by its hash'
    throw new Error(`esbuild is not installed, which bundles sources: ${expected}`, { cause })
  })
  return loaded
}

/** Makes a bundle. */
export const build = (async (options: Esbuild.BuildOptions) => {
  const esbuild = await load()
  return esbuild.build(options)
}) as typeof Esbuild.build

/** Makes bundles again and again, and keeps what it has parsed. */
export const context = (async (options: Esbuild.BuildOptions) => {
  const esbuild = await load()
  return esbuild.context(options)
}) as typeof Esbuild.context

/** Rewrites one text. */
export const transform: typeof Esbuild.transform = async (input, options) => {
  const esbuild = await load()
  return esbuild.transform(input, options)
}

/** Ends its process. Without one there is nothing to do. */
export async function stop(): Promise<void> {
  const esbuild = await loaded?.catch(() => undefined)
  await esbuild?.stop()
}
