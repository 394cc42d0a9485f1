import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type ts from 'typescript'
import { nearestConfig } from '../project/nearest-config.ts'

/** A decorator at the start of a line, or in front of a parameter. */
const DECORATOR = /^\s*@[A-Za-z_$]|[(,]\s*@[A-Za-z_$]/m

/** A file with decorators that are to know types, without a compiler that knows them. */
export class NoMetadata extends Error {
  override readonly name = 'NoMetadata'
  /** From 1. */
  readonly line: number

  constructor(text: string) {
    super(
      'emitDecoratorMetadata needs the project’s TypeScript: npm install --save-dev typescript; or take the option out of tsconfig.json',
    )
    this.line = text.slice(0, text.search(DECORATOR)).split('\n').length
  }
}

/**
 * A TypeScript file as the project's own compiler writes it, if its decorators are to know types: the bundler does not
 * know them. Undefined where they are not.
 * @throws NoMetadata
 */
export function withMetadata(contents: string, file: string, root: string): string | undefined {
  if (!DECORATOR.test(contents)) return undefined
  const config = nearestConfig(path.dirname(file))
  if (config === undefined) return undefined
  // The compiler is loaded only where it may be needed.
  if (!/"(?:emitDecoratorMetadata|extends)"/.test(readFileSync(config, 'utf8'))) return undefined
  const compiler = compilerOf(root)
  if (compiler === undefined) {
    if (!readFileSync(config, 'utf8').includes('emitDecoratorMetadata')) return undefined
    throw new NoMetadata(contents)
  }
  const options = optionsIn(compiler, config)
  if (options.emitDecoratorMetadata !== true || options.experimentalDecorators !== true) {
    return undefined
  }
  const compilerOptions = { ...options, ...imposed(compiler) }
  return compiler.transpileModule(contents, { fileName: file, compilerOptions }).outputText
}

/** The project's TypeScript, else the one that is installed with moult. */
function compilerOf(root: string): typeof ts | undefined {
  for (const from of [path.join(root, 'package.json'), import.meta.url]) {
    try {
      return createRequire(from)('typescript') as typeof ts
    } catch {
      // The next may have one.
    }
  }
  return undefined
}

function optionsIn(compiler: typeof ts, config: string): ts.CompilerOptions {
  const read = compiler.readConfigFile(config, (name) => compiler.sys.readFile(name))
  // Without its files, which nothing is asked of here.
  const plain = { ...(read.config as object), files: [], include: [] }
  const { sys } = compiler
  return compiler.parseJsonConfigFileContent(plain, sys, path.dirname(config)).options
}

/** What the bundler takes from there, and how its source map finds the file. */
function imposed(compiler: typeof ts): ts.CompilerOptions {
  return {
    module: compiler.ModuleKind.ESNext,
    moduleDetection: compiler.ModuleDetectionKind.Force,
    sourceMap: false,
    inlineSourceMap: true,
    inlineSources: false,
    declaration: false,
    importHelpers: false,
    noEmit: false,
  }
}
