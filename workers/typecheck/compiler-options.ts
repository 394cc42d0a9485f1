import path from 'node:path'
import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import { nearestConfig } from '../project/nearest-config.ts'
import { withSlashes } from '../project/with-slashes.ts'

/** Options of the project for checks of types. */
export interface ProjectOptions {
  readonly options: ts.CompilerOptions
  /** Absolute paths of the declaration files that belong to the project without being imported. */
  readonly ambient: readonly string[]
  /** Errors in its tsconfig.json. */
  readonly diagnostics: readonly ts.Diagnostic[]
}

/** "No inputs were found" and "the files list is empty": the sources come from images, not from the list. */
const NO_INPUTS = [18002, 18003]

/** With these options the compiler takes built files of a package for their sources. */
const OF_OUTPUT = ['outDir', 'rootDir', 'declarationDir', 'outFile']

/**
 * The options of the nearest tsconfig.json for a file, or strict defaults.
 * @param entry absolute path of the user's file.
 */
export function projectOptions(ts: Compiler, root: string, entry: string): ProjectOptions {
  const file = nearestConfig(path.dirname(entry), root)
  const found = file === undefined ? defaults(ts, root) : configured(ts, withSlashes(file))
  const kept = Object.entries(found.options).filter(([name]) => !OF_OUTPUT.includes(name))
  return { ...found, options: { ...Object.fromEntries(kept), ...imposed(ts) } }
}

function configured(ts: Compiler, file: string): ProjectOptions {
  const json = ts.readJsonConfigFile(file, (name) => ts.sys.readFile(name))
  const { sys } = ts
  const folder = path.posix.dirname(file)
  const read = ts.parseJsonSourceFileConfigFileContent(json, sys, folder, undefined, file)
  return {
    options: read.options,
    ambient: read.fileNames.filter((name) => /\.d\.[cm]?ts$/.test(name)),
    diagnostics: read.errors.filter(({ code }) => !NO_INPUTS.includes(code)),
  }
}

/** Defaults that match the bundler. */
function defaults(ts: Compiler, root: string): ProjectOptions {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Preserve,
    strict: true,
  }
  const from = path.posix.join(withSlashes(root), 'index.ts')
  const node = ts.resolveTypeReferenceDirective('node', from, options, ts.sys)
  const hasNode = node.resolvedTypeReferenceDirective !== undefined
  // Without Node's declarations those of browsers declare console, URL, timers and the like.
  const globals = hasNode
    ? { types: ['node'], lib: ['lib.esnext.d.ts'] }
    : { types: [], lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'] }
  return { options: { ...options, ...globals }, ambient: [], diagnostics: [] }
}

/** Options that the check always sets: its own needs, and options on output or style. */
function imposed(ts: Compiler): ts.CompilerOptions {
  return {
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    allowJs: true,
    checkJs: false,
    resolveJsonModule: true,
    moduleDetection: ts.ModuleDetectionKind.Force,
    noUnusedLocals: false,
    noUnusedParameters: false,
    composite: false,
    incremental: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    rewriteRelativeImportExtensions: false,
  }
}
