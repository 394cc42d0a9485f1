import path from 'node:path'
import type ts from 'typescript'
import type { SourceSet, TypecheckRequest } from '../../src/protocol/jobs/typecheck.ts'
import { projectOptions } from './compiler-options.ts'
import { loadCompiler } from './compiler.ts'
import { createOverlayHost } from './overlay-host.ts'
import { sharedSources } from './shared-sources.ts'
import { SourceOverlay } from './source-overlay.ts'
import { findDefinition } from './typed-definition.ts'
import type { TypedDefinition, Types } from './typed-definition.ts'
import { withSlashes } from '../project/with-slashes.ts'

/** One of the two versions in a program. */
export interface TypedVersion {
  readonly overlay: SourceOverlay
  /** The user's file. */
  readonly entry: ts.SourceFile
  /** Undefined when the default export does not lead to an object literal. */
  readonly definition: TypedDefinition | undefined
  /** The label, from the request or else from the source. */
  readonly version: string | undefined
}

/** Two versions in one program, so that their types can be compared. */
export interface TypeProgram extends Types {
  readonly program: ts.Program
  readonly older: TypedVersion
  readonly newer: TypedVersion
  /** Paths of files with global declarations, relative to the project's folder. */
  readonly ambient: readonly string[]
  /** Errors in the project's tsconfig.json. */
  readonly configuration: readonly ts.Diagnostic[]
}

/**
 * Makes a program of both versions and finds their definitions. Nothing is written, and only packages are read
 * from the disk, no sources of the versions.
 * @throws NoCompiler
 */
export function createTypeProgram({ root, older, newer }: TypecheckRequest): TypeProgram {
  const ts = loadCompiler(root)
  const { options, ambient, diagnostics } = projectOptions(ts, root, path.join(root, newer.entry))
  const overlays = {
    older: new SourceOverlay(ts, root, 'older', older),
    newer: new SourceOverlay(ts, root, 'newer', newer),
  }
  const relative = ambient.map((file) => path.posix.relative(withSlashes(root), withSlashes(file)))
  const shared = sharedSources(ts, options, overlays.older, overlays.newer)
  overlays.older.share(overlays.newer, shared)
  const program = ts.createProgram({
    // The newer one first: of two global declarations the later one is reported.
    rootNames: [
      overlays.newer.virtual(newer.entry),
      overlays.older.virtual(older.entry),
      // There can be one of each. A change since the older version is found by the text.
      ...ambient.map((file, index) => {
        return overlays.newer.has(file) ? overlays.newer.virtual(relative[index] ?? '') : file
      }),
    ],
    options,
    host: createOverlayHost(ts, options, [overlays.newer, overlays.older]),
  })
  const types = { ts, checker: program.getTypeChecker() }
  return {
    ...types,
    program,
    older: typedVersion(types, program, overlays.older, older),
    newer: typedVersion(types, program, overlays.newer, newer),
    ambient: relative,
    configuration: diagnostics,
  }
}

function typedVersion(
  types: Types,
  program: ts.Program,
  overlay: SourceOverlay,
  { entry: file, version }: SourceSet,
): TypedVersion {
  const entry = program.getSourceFile(overlay.virtual(file))
  if (entry === undefined) throw new Error(`the sources do not hold their entry ${file}`)
  const definition = findDefinition(types, entry)
  return { overlay, entry, definition, version: version ?? definition?.version }
}
