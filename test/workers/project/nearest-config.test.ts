import path from 'node:path'
import { expect, test } from 'vitest'
import { nearestConfig } from '../../../workers/project/nearest-config.ts'
import { newProject } from '../../support/project.ts'

test('the nearest tsconfig.json upwards is taken, no further than the root', async () => {
  const root = await newProject({ 'tsconfig.json': '{}', 'a/b/x.ts': '', 'c/tsconfig.json': '{}' })
  const own = path.join(root, 'tsconfig.json')
  expect(nearestConfig(path.join(root, 'a/b'))).toBe(own)
  expect(nearestConfig(path.join(root, 'a/b'), root)).toBe(own)
  expect(nearestConfig(path.join(root, 'a/b'), path.join(root, 'a'))).toBeUndefined()
  expect(nearestConfig(path.join(root, 'c'), root)).toBe(path.join(root, 'c/tsconfig.json'))
})
