import type { ResourceLimits } from 'node:worker_threads'
import type { Permissions } from '../options/permissions.ts'

/** How a file is loaded. */
export interface LoadOptions {
  /**
   * Name of the code. Default: the file's name without its extension. The same file under another name is another code.
   */
  readonly name?: string
  /** Packages that are imported from where they are instead of becoming part of the image. Those with addons always are. */
  readonly external?: readonly string[]
  /**
   * How the processes are hosted. `'per-process'` (default) gives each a thread of its own: some 8 MB each, for tens to
   * hundreds. A number lets all processes of one version share so many threads, for hundred thousands of them: an
   * upgrade then moves them over in small groups, and a thread that dies takes its share of them along (each is
   * restarted by its policy).
   */
  readonly isolates?: 'per-process' | number
  /**
   * Limits of each of its threads, over those of the runtime. Such threads have no warm spares: a spawn or an upgrade
   * waits for their start.
   */
  readonly resourceLimits?: ResourceLimits
  /**
   * What the code may do, by Node's permission model in its threads: what is not named is denied. Default: anything.
   * Later versions may do the same, unless they are loaded with permissions of their own. There are no warm spares
   * either. What this does not stop: [permissions](../guides/permissions.md).
   */
  readonly permissions?: Permissions
}
