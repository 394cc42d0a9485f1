import type { Block, Page } from './pages.ts'

/** One file that a page's blocks make up. */
export interface ProgramFile {
  readonly name: string
  readonly text: string
  /** The page's line of each line of the text. */
  readonly lines: readonly number[]
  /** What it prints, as the page says; undefined where it prints nothing. */
  readonly output: readonly string[] | undefined
}

/** A command of a page, and what it prints. */
export interface Command {
  readonly command: string
  readonly line: number
  readonly output: readonly string[]
}

interface Draft {
  readonly text: string[]
  readonly lines: number[]
  readonly output: string[]
  prints: boolean
}

/** A block without a name goes on with the page's main program. */
const MAIN = 'main.ts'

/**
 * The files of a page. The first line of a block may name its file, as in `// counter-v1.ts`; a file that is named again goes on
 * where it ended before.
 */
export function programsOf({ blocks }: Page): ProgramFile[] {
  const drafts = new Map<string, Draft>()
  for (const [index, block] of blocks.entries()) {
    if (block.language !== 'ts') continue
    const name = /^\/\/ ([\w-]+\.ts)(?=[\n:,]|$)/.exec(block.text)?.[1] ?? MAIN
    const draft = drafts.get(name) ?? { text: [], lines: [], output: [], prints: false }
    drafts.set(name, draft)
    add(draft, block, blocks[index + 1])
  }
  return [...drafts].map(([name, { text, lines, output, prints }]) => {
    return { name, text: text.join('\n'), lines, output: prints ? output : undefined }
  })
}

function add(draft: Draft, { text, line }: Block, next: Block | undefined): void {
  const own = text.split('\n')
  draft.text.push(...own)
  draft.lines.push(...own.map((_, index) => line + index))
  if (!text.includes('console.log(')) return
  draft.prints = true
  const told = next?.language === 'text' ? next.text.split('\n') : own.flatMap(saidBeside)
  draft.output.push(...told)
}

/** `console.log(1 + 1) // 2` */
function saidBeside(line: string): string[] {
  const said = /console\.log\(.*\) \/\/ (.*)$/.exec(line)?.[1]
  return said === undefined ? [] : [said]
}

/** Commands of moult itself that are followed by what they print. */
export function commandsOf({ blocks }: Page): Command[] {
  return blocks.flatMap(({ language, text, line }, index) => {
    const next = blocks[index + 1]
    if (language !== 'sh' || !text.startsWith('npx moult ') || next?.language !== 'text') return []
    return [{ command: text, line, output: next.text.split('\n') }]
  })
}

/** What differs from run to run is not compared: times, ids of threads, the hashes of builds. */
export function comparable(text: string): string {
  return text
    .replaceAll(/\d+(\.\d+)? ms/g, '… ms')
    .replaceAll(/threadId: \d+/g, 'threadId: …')
    .replaceAll(/\+[0-9a-f]{8}\b/g, '+…')
    .trimEnd()
}
