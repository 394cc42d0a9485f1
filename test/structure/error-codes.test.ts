// @module-tag once
import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { errorCodes } from '../../src/protocol/errors.ts'
import { root, sourceFiles } from './source-tree.ts'

const codes = Object.keys(errorCodes)
const text = readFileSync(path.join(root, 'docs/reference/errors.md'), 'utf8')
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
)
const fields =
  'process circle codeName version from to phase file line column path expected received moved remaining replayed lost cause handling function'.split(
    ' ',
  )

test('docs/reference/errors.md and the code list the same codes, in the same order', () => {
  expect([...sections.keys()]).toEqual(codes)
})

test.each(Object.entries(errorCodes))('docs/reference/errors.md explains %s', (code, meaning) => {
  const section = sections.get(code) ?? ''
  expect(section.toLowerCase()).toContain(`${meaning.toLowerCase()}.`)
  expect(section).toMatch(/^- \*\*Cause:\*\* \S.{20,}$/m)
  expect(section).toMatch(/^- \*\*Remedy:\*\* \S.{10,}$/m)
  const named = /^- \*\*Fields:\*\* (.+)$/m.exec(section)?.[1]?.match(/\w+/g) ?? []
  expect(named.filter((name) => !fields.includes(name))).toEqual([])
  expect(new Set(named).size).toBe(named.length)
})

/** String literals that stand as a value: not in a type, and not as what an error is compared with. */
function valuesIn(tree: ts.SourceFile): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const isType = ts.isTypeNode(node)
    const isTest = ts.isCallExpression(node) && node.expression.getText() === 'isMoultError'
    if (isType || isTest) return
    if (ts.isStringLiteral(node)) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

test('every code is thrown somewhere, and each code that is thrown is listed', () => {
  const used = sourceFiles('src', 'workers', 'testing')
    .filter(({ file }) => file !== 'src/protocol/errors.ts')
    .flatMap(({ tree }) => valuesIn(tree))
  expect(codes.filter((code) => !used.includes(code))).toEqual([])
})

test('doc comments name existing codes only', () => {
  const named = sourceFiles('src', 'workers', 'testing').flatMap(({ text: source }) => {
    return [...source.matchAll(/`([A-Z]{3,}(?:_[A-Z]+)+)`/g)].map(([, code]) => code ?? '')
  })
  const environment = ['NODE_COMPILE_CACHE']
  expect(named.filter((name) => !codes.includes(name) && !environment.includes(name))).toEqual([])
})
