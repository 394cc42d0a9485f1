import path from 'node:path'
import ts from 'typescript'

/** What a user's compiler is told: as the README says, and stricter. */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
}

/** An error of a user's file. */
export interface TypeFault {
  readonly file: string
  /** From 0. */
  readonly line: number
  readonly message: string
}

/**
 * Checks groups of files, each group by itself. What they import is read and parsed once for all. The texts are given, for a program
 * that runs meanwhile may edit its files.
 */
export class TypeCheck {
  readonly #host = ts.createCompilerHost(options)
  readonly #known = new Map<string, ts.SourceFile | undefined>()

  constructor(folder: string, texts: ReadonlyMap<string, string>) {
    this.#host.getCurrentDirectory = () => folder
    const read = this.#host.readFile.bind(this.#host)
    this.#host.readFile = (file) => texts.get(file) ?? read(file)
    const parse = this.#host.getSourceFile.bind(this.#host)
    this.#host.getSourceFile = (file, ...rest) => {
      if (!this.#known.has(file)) this.#known.set(file, parse(file, ...rest))
      return this.#known.get(file)
    }
  }

  faultsOf(files: readonly string[]): TypeFault[] {
    const program = ts.createProgram(files, options, this.#host)
    return files.flatMap((file) => {
      const source = program.getSourceFile(file)
      const syntax = program.getSyntacticDiagnostics(source)
      return [...syntax, ...program.getSemanticDiagnostics(source)].map((each) =>
        faultOf(file, each),
      )
    })
  }
}

function faultOf(file: string, { start = 0, messageText, ...rest }: ts.Diagnostic): TypeFault {
  const line = rest.file?.getLineAndCharacterOfPosition(start).line ?? 0
  return { file, line, message: ts.flattenDiagnosticMessageText(messageText, '\n') }
}

/** The file as JavaScript, with the console that it is given. */
export function javaScriptOf(text: string, file: string): string {
  const { outputText } = ts.transpileModule(text, {
    fileName: path.basename(file),
    compilerOptions: {
      ...options,
      module: ts.ModuleKind.ESNext,
      noEmit: false,
      rewriteRelativeImportExtensions: true,
    },
  })
  return `const console = globalThis.consoleOf(${JSON.stringify(file)});${outputText}`
}
