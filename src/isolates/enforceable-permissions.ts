import path from 'node:path'
import type { PermissionSet } from '../options/permissions.ts'
import { MoultError } from '../protocol/errors.ts'
import { canDenyNet } from './permission-flags.ts'

/** Whether the Node process itself may do something; always so without restrictions. */
export type OwnPermission = (scope: string, reference?: string) => boolean

/** What permissions are kept by. */
export interface Keeper {
  readonly canDenyNet: boolean
  readonly nodeOptions: string
  readonly mayItself: OwnPermission
}

/** This Node as it was started. */
export function thisNode(): Keeper {
  const own: Partial<typeof process> = process
  const mayItself: OwnPermission = (scope, reference) =>
    own.permission?.has(scope, reference) !== false
  return { canDenyNet: canDenyNet(), nodeOptions: process.env.NODE_OPTIONS ?? '', mayItself }
}

const SCOPES = [
  ['childProcess', 'child'],
  ['worker', 'worker'],
  ['addons', 'addon'],
] as const

const root = path.parse(process.cwd()).root

/**
 * Refuses permissions that a thread would not keep, or would not get.
 * @throws MoultError `PERMISSION_UNSUPPORTED`
 */
export function checkEnforceable(permissions: PermissionSet, node: Keeper = thisNode()): void {
  if (!permissions.net && !node.canDenyNet) {
    const expected = 'true, for this Node cannot deny a thread the network (26 can)'
    throw unsupported('permissions.net', expected, 'false')
  }
  const [given] = /--allow-\S+/.exec(node.nodeOptions) ?? []
  if (given !== undefined) {
    const expected = 'no --allow flags in NODE_OPTIONS, for Node gives them to each thread'
    throw unsupported('permissions', expected, given)
  }
  const wider = widerThanNode(permissions, node)
  if (wider === undefined) return
  throw unsupported(`permissions.${wider}`, 'what the Node process itself may do', 'more')
}

/** The first permission that the Node process lacks: a thread is not to get more than main has. */
function widerThanNode(permissions: PermissionSet, node: Keeper): string | undefined {
  const { mayItself: may, canDenyNet: knowsNet } = node
  for (const name of ['read', 'write'] as const) {
    const files = permissions[name]
    const all = files === true ? [root] : files === false ? [] : files
    if (!all.every((file) => may(`fs.${name}`, file))) return name
  }
  if (permissions.net && knowsNet && !may('net')) return 'net'
  return SCOPES.find(([name, scope]) => permissions[name] && !may(scope))?.[0]
}

function unsupported(path: string, expected: string, received: string): MoultError {
  const message = `load: ${path} should be ${expected}, but is ${received}`
  return new MoultError('PERMISSION_UNSUPPORTED', message, { path, expected, received })
}
