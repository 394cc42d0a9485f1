// @module-tag once
import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import {
  callSchema,
  eventsSchema,
  loadSchema,
  runtimeSchema,
  spawnSchema,
  stopSchema,
  upgradeSchema,
  watchSchema,
} from '../../src/options/options.ts'
import { errorCodes } from '../../src/protocol/errors.ts'
import { generated, readPages, root } from '../documents/pages.ts'
import type { Page } from '../documents/pages.ts'
import { entriesOf } from '../support/schema-entries.ts'

const pages = readPages()
const pageOf = (file: string): Page | undefined => pages.find((page) => page.file === file)

/** The longest line of prose. */
const COLUMNS = 120

/** Lists of changes, and what doc comments say, are as long as they come. */
const unmeasured = ['CHANGELOG.md', ...generated]

test('a line of prose has at most 120 columns', () => {
  const long = pages
    .filter(({ file }) => !unmeasured.includes(file))
    .flatMap(({ file, prose }) =>
      prose
        .filter(({ text }) => text.length > COLUMNS && !isTable(text) && !isOneLink(text))
        .map(({ line, text }) => `${file}:${line}: ${text.length} columns`),
    )
  expect(long).toEqual([])
})

function isTable(text: string): boolean {
  return text.trimStart().startsWith('|')
}

/** A link cannot be broken. */
function isOneLink(text: string): boolean {
  return /^\s*(- )?!?\[[^\]]*\]\(\S+\)\.?$/.test(text)
}

test('the README is short', () => {
  expect(pageOf('README.md')?.lines.length).toBeLessThanOrEqual(150)
})

/** `[text](target)`, but for what stands in code. */
function linksOf({ file, prose }: Page): { file: string; line: number; target: string }[] {
  return prose.flatMap(({ text, line }) =>
    [...text.replaceAll(/`[^`]*`/g, 'code').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => {
      return { file, line, target }
    }),
  )
}

/** The anchors that GitHub gives to a page's headings, and those that are written out. */
function anchorsOf({ prose }: Page): Set<string> {
  const anchors = new Set<string>()
  for (const { text } of prose) {
    const heading = /^#+ (.*)$/.exec(text)?.[1]
    if (heading !== undefined) anchors.add(unused(slugOf(heading), anchors))
    for (const [, id = ''] of text.matchAll(/<a id="([^"]+)">/g)) anchors.add(id)
  }
  return anchors
}

function slugOf(heading: string): string {
  const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  return text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
}

function unused(slug: string, anchors: ReadonlySet<string>): string {
  let free = slug
  for (let number = 1; anchors.has(free); number++) free = `${slug}-${number}`
  return free
}

test('a relative link leads to a file, and to a heading that is there', () => {
  const anchors = new Map(pages.map((page) => [page.file, anchorsOf(page)]))
  const relative = pages.flatMap(linksOf).filter(({ target }) => !/^[a-z]+:/.test(target))
  expect(relative.length).toBeGreaterThan(50)
  const dead = relative.filter(({ file, target }) => {
    const [to = '', anchor] = target.split('#')
    const found = to === '' ? file : path.posix.join(path.posix.dirname(file), to)
    if (!existsSync(path.join(root, found))) return true
    return anchor !== undefined && anchors.get(found)?.has(anchor) !== true
  })
  expect(dead.map(({ file, line, target }) => `${file}:${line}: ${target}`)).toEqual([])
})

test('the index of docs/ leads to each of its pages', () => {
  const index = pageOf('docs/README.md')
  const targets = (index === undefined ? [] : linksOf(index)).map(({ target }) => {
    return path.posix.join('docs', target.split('#')[0] ?? '')
  })
  const others = pages.map(({ file }) => file).filter((file) => /^docs\/(?!README)/.test(file))
  expect(others.filter((file) => !targets.includes(file))).toEqual([])
})

test('what to do is said for each error code, in the order of the code', () => {
  const rows = pageOf('docs/operating/errors.md')?.prose.map(({ text }) => text) ?? []
  const codes = rows.flatMap((row) => /^\| \[`([A-Z_]+)`\]\(/.exec(row)?.[1] ?? [])
  expect(codes).toEqual(Object.keys(errorCodes))
})

test('what a page calls an example, a bench or a test is there', () => {
  const paths = pages
    .filter(({ file }) => !unmeasured.includes(file))
    .flatMap(({ file, lines }) =>
      lines.flatMap((line) =>
        [...line.matchAll(/`((?:bench|examples|test)\/[\w./-]*\w)`/g)].map(([, named = '']) => {
          return { file, named }
        }),
      ),
    )
  expect(paths.filter(({ named }) => !existsSync(path.join(root, named)))).toEqual([])
})

test.each([
  ['createRuntime', runtimeSchema],
  ['load', loadSchema],
  ['spawn', spawnSchema],
  ['Messages', callSchema],
  ['Iterables of events', eventsSchema],
  ['Upgrade', upgradeSchema],
  ['Watch', watchSchema],
  ['Stop', stopSchema],
] as const)('the page of options has those of %s, and no others', (heading, schema) => {
  const lines = pageOf('docs/reference/options.md')?.lines ?? []
  const section = lines.slice(lines.indexOf(`## ${heading}`) + 1)
  const end = section.findIndex((line) => line.startsWith('## '))
  const text = section.slice(0, end).join('\n')
  const options = Object.keys(entriesOf(schema))
  expect(options.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  const rows = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)
  expect(rows.filter((name) => !options.includes(name))).toEqual([])
})
