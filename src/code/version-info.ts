import type { CodeLine, VersionState } from './code-line.ts'
import type { Version } from '../versions/version.ts'
import { withDeadline } from '../timing/deadline.ts'
import type { Isolate } from '../isolates/isolate.ts'
import type { Permissions } from '../options/permissions.ts'
import type { IsolateMemory } from '../protocol/wire/control.ts'
import type { DynamicImport, ImagePackage, ImageSource } from '../protocol/jobs/image.ts'
import type { VersionName } from '../versions/version-name.ts'

/** One version of a code, as `code.versions()` tells it. */
export interface VersionInfo extends VersionName {
  readonly state: VersionState
  readonly loadedAt: Date
  /** Absolute path of the file it was made of. */
  readonly file: string
  /** Size of its code in bytes. */
  readonly imageBytes: number
  /** Each file it was made of, with its hash, and the npm packages among them. */
  readonly sources: readonly ImageSource[]
  readonly packages: readonly ImagePackage[]
  /**
   * Places in the sources that load by names made at run time. These files are not in the image: Node reads them from
   * disk.
   */
  readonly dynamicImports: readonly DynamicImport[]
  /** What it may do; undefined where it may do anything. */
  readonly permissions: Permissions | undefined
  /** Names of the processes that run it. */
  readonly processes: readonly string[]
  readonly isolates: readonly IsolateInfo[]
}

/** One isolate that has loaded a version. */
export interface IsolateInfo {
  readonly threadId: number
  /** Memory of its heap, in bytes; undefined when it was too busy to say within a second. */
  readonly memory: IsolateMemory | undefined
}

const MEMORY_TIMEOUT_MS = 1000

/** Describes a version. `kept` is an isolate that has loaded it and hosts nothing yet. */
export async function infoOf(
  line: CodeLine,
  version: Version,
  kept: Isolate | undefined,
): Promise<VersionInfo> {
  const { contract, image, loadedAt, permissions } = version
  const users = line.usersOf(version)
  const theirs = users.flatMap(({ activation }) => activation?.isolate ?? [])
  const all = [...new Set(kept === undefined ? theirs : [...theirs, kept])]
  const isolates = all.filter(({ state }) => state !== 'exited')
  return {
    version: contract.version,
    hash: image.hash,
    state: line.stateOf(version),
    loadedAt,
    file: image.entry,
    imageBytes: image.manifest.bytes,
    sources: image.manifest.sources,
    packages: image.manifest.packages,
    dynamicImports: image.manifest.dynamicImports,
    permissions,
    processes: users.map(({ label }) => label),
    isolates: await Promise.all(isolates.map(isolateInfo)),
  }
}

async function isolateInfo(isolate: Isolate): Promise<IsolateInfo> {
  const { threadId } = isolate
  const deadline = { timeoutMs: MEMORY_TIMEOUT_MS }
  const memory = await withDeadline(isolate.memory(), deadline).catch(() => undefined)
  return { threadId, memory }
}
