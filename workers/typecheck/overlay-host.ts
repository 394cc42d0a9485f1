import { createRequire } from 'node:module'
import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import type { SourceOverlay } from './source-overlay.ts'
import { withSlashes } from '../project/with-slashes.ts'

/** moult's own declarations, for a project that cannot find them. */
function ownDeclarations(): string {
  const { resolve } = createRequire(import.meta.url)
  return withSlashes(resolve('moult').replace(/\.js$/, '.d.ts'))
}

/** Parsed files of the disk, kept between checks: the library alone takes half a second. */
const parsed = new Map<string, { readonly stamp: string; readonly file: ts.SourceFile }>()

/** The options that parsed files depend on. */
let parsedFor = ''

/** A compiler host for the files of the overlays, and for the disk. */
export function createOverlayHost(
  ts: Compiler,
  options: ts.CompilerOptions,
  overlays: readonly SourceOverlay[],
): ts.CompilerHost {
  forgetOthers(ts, options)
  const plain = ts.createCompilerHost(options)
  const places = new Places(overlays)
  return {
    ...plain,
    fileExists: (file) => places.text(file) !== undefined || plain.fileExists(places.onDisk(file)),
    readFile: (file) => places.text(file) ?? plain.readFile(places.onDisk(file)),
    // The compiler looks for a package.json in existing folders only.
    directoryExists: (folder) => ts.sys.directoryExists(places.onDisk(folder)),
    getSourceFile: (file, languageVersion) => {
      const text = places.text(file)
      if (text !== undefined) return ts.createSourceFile(file, text, languageVersion, true)
      return fromDisk(ts, file, () => plain.getSourceFile(file, languageVersion))
    },
    resolveModuleNameLiterals: (literals, containing, _redirected, _options, from) =>
      literals.map((literal) => {
        const mode = ts.getModeForUsageLocation(from, literal, options)
        const found = places.resolve(ts, literal.text, containing, options, mode)
        return { resolvedModule: found ?? fallback(ts, literal.text) }
      }),
  }
}

/** Drops files parsed for other options: the compiler binds a parsed file to the options of its program. */
function forgetOthers(ts: Compiler, options: ts.CompilerOptions): void {
  const anywhere = { ...options, configFilePath: undefined, pathsBasePath: undefined }
  const own = JSON.stringify([ts.version, anywhere])
  if (own !== parsedFor) parsed.clear()
  parsedFor = own
}

function fromDisk(
  ts: Compiler,
  file: string,
  parse: () => ts.SourceFile | undefined,
): ts.SourceFile | undefined {
  const stamp = String(ts.sys.getModifiedTime?.(file)?.getTime())
  const known = parsed.get(file)
  if (known?.stamp === stamp) return known.file
  const made = parse()
  if (made !== undefined) parsed.set(file, { stamp, file: made })
  return made
}

function fallback(ts: Compiler, specifier: string): ts.ResolvedModuleFull | undefined {
  if (specifier !== 'moult') return undefined
  return {
    resolvedFileName: ownDeclarations(),
    extension: ts.Extension.Dts,
    isExternalLibraryImport: true,
  }
}

/** Finds the overlay of a name. */
class Places {
  readonly #overlays: readonly SourceOverlay[]

  constructor(overlays: readonly SourceOverlay[]) {
    this.#overlays = overlays
  }

  text(file: string): string | undefined {
    const at = this.#find(file)
    return at?.overlay.text(at.relative)
  }

  /** The path on the disk of a file such as a package.json in a virtual folder. */
  onDisk(file: string): string {
    const at = this.#find(file)
    return at === undefined ? file : at.overlay.real(at.relative)
  }

  resolve(
    ts: Compiler,
    specifier: string,
    containing: string,
    options: ts.CompilerOptions,
    mode: ts.ResolutionMode,
  ): ts.ResolvedModuleFull | undefined {
    const at = this.#find(containing)
    if (at !== undefined) return at.overlay.resolve(specifier, at.relative, options, mode)
    const { sys } = ts
    return ts.resolveModuleName(specifier, containing, options, sys, undefined, undefined, mode)
      .resolvedModule
  }

  #find(file: string): { readonly overlay: SourceOverlay; readonly relative: string } | undefined {
    for (const overlay of this.#overlays) {
      const relative = overlay.pathOf(file)
      if (relative !== undefined) return { overlay, relative }
    }
    return undefined
  }
}
