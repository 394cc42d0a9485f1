import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import type { StateShape } from '../../src/protocol/jobs/state-shape.ts'
import { shapeOfType } from '../../workers/typecheck/state-shape.ts'
import { fixture } from './runtime.ts'

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
}

/**
 * Shapes of the types that fixtures declare, by the type's name. A fixture with a text need not exist.
 * Throws where one has errors.
 */
export function shapesOf(files: Readonly<Record<string, string>>): (name: string) => StateShape {
  const paths = Object.keys(files).map((file) => fileURLToPath(fixture(file)))
  const host = ts.createCompilerHost(options)
  const texts = new Map(Object.values(files).map((text, at) => [paths[at], text]))
  const readSource = host.getSourceFile.bind(host)
  host.getSourceFile = (file, target) => {
    const text = texts.get(file)
    return text ? ts.createSourceFile(file, text, target) : readSource(file, target)
  }
  const program = ts.createProgram(paths, options, host)
  const checker = program.getTypeChecker()
  const sources = paths.flatMap((each) => program.getSourceFile(each) ?? [])
  const [error] = sources.flatMap((each) => program.getSemanticDiagnostics(each))
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'))
  const statements = sources.flatMap((source) => [...source.statements])
  return (name) => {
    const declaration = statements.find((each) => {
      const isType = ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each)
      return (isType || ts.isClassDeclaration(each)) && each.name?.text === name
    })
    if (declaration === undefined) throw new Error(`no type ${name}`)
    return shapeOfType(ts, checker, checker.getTypeAtLocation(declaration))
  }
}
