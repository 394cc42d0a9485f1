import { createRequire } from 'node:module'
import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import type { SourceOverlay } from './source-overlay.ts'
import { withSlashes } from '../project/with-slashes.ts'

/** moult's own declarations, for a project that has none in sight. */
function ownDeclarations(): string {
  const { resolve } = createRequire(import.meta.url)
  return withSlashes(resolve('moult').replace(/\.js$/, '.d.ts'))
}

/** Parsed files of the disk. Kept between checks: the library's alone take half a second. */
const parsed = new Map<string, { readonly stamp: string; readonly file: ts.SourceFile }>()

/** What parsed files depend on beside their text. */
let parsedFor = ''

/** What the compiler reads: the overlays' files, and else the disk. */
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
    // A package.json is looked for in folders that exist only.
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

/** The compiler binds a parsed file for the options of its program, wherever these stand. */
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

/** Which overlay a name belongs to. */
class Places {
  readonly #overlays: readonly SourceOverlay[]

  constructor(overlays: readonly SourceOverlay[]) {
    this.#overlays = overlays
  }

  text(file: string): string | undefined {
    const at = this.#find(file)
    return at?.overlay.text(at.relative)
  }

  /** A package.json, say, beside a virtual file. */
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
