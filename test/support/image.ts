import { afterAll } from 'vitest'
import type * as Bundling from '../../src/versions/bundler.ts'
import type * as Storing from '../../src/versions/image-store.ts'
import { builtModule } from './built-module.ts'
import { fixture } from './runtime.ts'

const { Bundler } = await builtModule<typeof Bundling>('src/versions/bundler.js')
const { ImageStore } = await builtModule<typeof Storing>('src/versions/image-store.js')

const bundler = new Bundler(new ImageStore(undefined))
const images = new Map<string, Promise<string>>()

afterAll(() => bundler.close())

/** URL of the image of a file under test/fixtures, bundled once for all tests of a file. */
export function imageOf(file: string): Promise<string> {
  const image = images.get(file) ?? bundler.bundle(fixture(file), []).then(({ url }) => url)
  images.set(file, image)
  return image
}
