import type { LoadContext } from '../../src/protocol/definition/context.ts'
import type { LoadRequest } from '../../src/protocol/wire/control.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import { reasonOf } from '../../src/protocol/reason.ts'
import { checkDigest } from './check-digest.ts'
import { takeEnvironment } from './take-environment.ts'
import { Version } from '../state/version.ts'

/**
 * Imports a placed image and runs its `onLoad`.
 * @throws MoultError `IMAGE_CORRUPT`, `NOT_A_DEFINITION`, `ON_LOAD_FAILED`, and errors of the import
 */
export async function loadVersion(
  { url, digest, environment }: LoadRequest,
  checkStates: boolean,
  contextOf: (version: string) => LoadContext,
): Promise<Version> {
  await checkDigest(url, digest)
  if (environment !== undefined) takeEnvironment(environment)
  const module = await importModule(url)
  const version = new Version(module.default, checkStates)
  const label = version.contract.version
  try {
    await version.onLoad(contextOf(label))
  } catch (cause) {
    const message = `onLoad of ${label} threw: ${reasonOf(cause)}`
    throw new MoultError('ON_LOAD_FAILED', message, { version: label, cause })
  }
  return version
}

/** Node's own frames may fill a stack of ten, and the place of a fault is looked for in the user's. */
const FRAMES = 30

async function importModule(url: string): Promise<{ readonly default?: unknown }> {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = Math.max(stackTraceLimit, FRAMES)
  try {
    return (await import(url)) as { readonly default?: unknown }
  } finally {
    // The program may have set a limit of its own meanwhile.
    if (Error.stackTraceLimit === FRAMES) Error.stackTraceLimit = stackTraceLimit
  }
}
