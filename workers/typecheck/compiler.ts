import { createRequire } from 'node:module'
import path from 'node:path'
import type ts from 'typescript'

/** The TypeScript compiler, as a package exports it. */
export type Compiler = typeof ts

/** There is no TypeScript, or one without the needed functions. */
export class NoCompiler extends Error {
  override readonly name = 'NoCompiler'
  /** The compiler found instead. */
  readonly received: string

  constructor(message: string, received: string) {
    super(message)
    this.received = received
  }
}

const INSTALL = 'install one in the project: npm install --save-dev typescript@6'

/** `isTypeAssignableTo` is public since then. */
const OLDEST = [5, 4] as const

/** The project's own TypeScript, else the one installed with moult. @throws NoCompiler */
export function loadCompiler(root: string): Compiler {
  const file =
    find(createRequire(path.join(root, 'package.json'))) ?? find(createRequire(import.meta.url))
  if (file === undefined) {
    throw new NoCompiler(`no TypeScript can be found from ${root}; ${INSTALL}`, 'none')
  }
  const compiler = createRequire(import.meta.url)(file) as Partial<Compiler>
  if (isUsable(compiler)) return compiler as Compiler
  const received = `typescript ${compiler.version ?? 'of no version'} at ${file}`
  throw new NoCompiler(
    `a TypeScript from 5.4 to 6 is needed, not ${received}; ${INSTALL}`,
    received,
  )
}

function find(require: NodeJS.Require): string | undefined {
  try {
    return require.resolve('typescript')
  } catch {
    return undefined
  }
}

function isUsable({ version, createProgram }: Partial<Compiler>): boolean {
  const [major = 0, minor = 0] = String(version).split('.').map(Number)
  const isRecent = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  return isRecent && typeof createProgram === 'function'
}
