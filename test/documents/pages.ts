import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** What is generated from doc comments: its lines are as long as they come. */
export const generated = ['docs/reference/api.md', 'docs/reference/testing.md'] as const

/** Some lines between two fences. */
export interface Block {
  readonly language: string
  readonly text: string
  /** Line of its first line in the page, from 1. */
  readonly line: number
}

/** One document, by its path from the root. */
export interface Page {
  readonly file: string
  readonly lines: readonly string[]
  readonly blocks: readonly Block[]
  /** The lines that are in no block, and where they stand. */
  readonly prose: readonly { readonly text: string; readonly line: number }[]
}

/** The documents at the root, those of `docs/` and those of the examples. */
export function readPages(): Page[] {
  const atRoot = readdirSync(root).filter((name) => name.endsWith('.md'))
  return [...atRoot, ...markdownOf('docs'), ...markdownOf('examples')].sort().map(readPage)
}

function markdownOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
}

function readPage(file: string): Page {
  return parsePage(file, readFileSync(path.join(root, file), 'utf8'))
}

/** A page's text as its lines, its blocks and the prose around them. */
export function parsePage(file: string, text: string): Page {
  const lines = text.trimEnd().split('\n')
  const blocks: Block[] = []
  const prose: { text: string; line: number }[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', fence, language = ''] = /^( *)(`{3,})(\w*)$/.exec(lines[at] ?? '') ?? []
    if (fence === undefined) {
      prose.push({ text: lines[at] ?? '', line: at + 1 })
      continue
    }
    const end = lines.indexOf(indent + fence, at + 1)
    if (end < 0) throw new Error(`${file}:${at + 1}: this block has no end`)
    const inside = lines.slice(at + 1, end).map((line) => line.slice(indent.length))
    blocks.push({ language, text: inside.join('\n'), line: at + 2 })
    at = end
  }
  return { file, lines, blocks, prose }
}
