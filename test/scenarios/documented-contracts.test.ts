import { readFileSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AnyDefinition, Phase, Services } from 'moult'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(path.join(root, 'docs/upgrades.md'), 'utf8')

interface Shop extends AnyDefinition {
  readonly init: () => object
  readonly calls: {
    readonly setPrice: (state: object, price: unknown) => unknown
    readonly price: (state: object, currency?: string) => number
    readonly renew: (state: object) => void
  }
}

/** The programs of the page, by the file names that are their first lines. */
async function programs(): Promise<(version: number) => string> {
  const blocks = page.matchAll(/```ts\n\/\/ (shop-\d\.ts)\n(.*?)```/gs)
  const files = Object.fromEntries([...blocks].map(([, name = '', text = '']) => [name, text]))
  const project = await newProject(files)
  await symlink(path.join(root, 'node_modules'), path.join(project, 'node_modules'), 'junction')
  return (version) => path.join(project, `shop-${version}.ts`)
}

test('what the page says of contracts, waiting messages, stepping and onLoad is so', async () => {
  const file = await programs()
  let waiting: Promise<unknown> | undefined
  const faultPoint = (phase: Phase): void => {
    // A process that steps handles nothing: what is sent to it now waits.
    if (phase !== 'audit' || waiting !== undefined) return
    waiting = Promise.all([shop.call('setPrice', 4), shop.call('setPrice', 5)])
  }
  const services = { rates: { today: () => [['USD', 2]] } } as unknown as Services
  const runtime = await testRuntime({ services, faultPoint })
  const code = await runtime.load<Shop>(file(1))
  const shop = await code.spawn()
  await expect(shop.call('setPrice', -1)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    path: 'payload',
    received: 'the number -1',
  })
  await code.load(file(2))
  const upgraded = new Promise((resolve) => runtime.once('upgraded', resolve))
  const [, price] = await Promise.all([shop.call('renew'), shop.call('price')])
  expect([shop.version, price, await waiting]).toEqual(['2.0.0', 3, [400, 500]])
  expect(await upgraded).toMatchObject({
    mailboxAudit: {
      fit: 1,
      upcast: 2,
      refused: 0,
      removed: 0,
      byName: { setPrice: { upcast: 2 } },
    },
  })
  await code.upgrade(file(3))
  expect(await shop.call('price', 'USD')).toBe(10)
})
