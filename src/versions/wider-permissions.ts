import { isWithin } from '../options/folders.ts'
import type { PermissionSet } from '../options/permissions.ts'

const files = ['read', 'write'] as const
const others = ['childProcess', 'worker', 'net', 'addons'] as const

/**
 * What `next` may do and `before` may not, in words such as `read: /etc`. Undefined permissions are no restriction.
 * Decided by the paths as they are written: where links lead is not looked at.
 */
export function widerThan(
  next: PermissionSet | undefined,
  before: PermissionSet | undefined,
): string[] {
  if (before === undefined) return []
  if (next === undefined) return ['anything']
  return [
    ...files.flatMap((name) =>
      widerFiles(next[name], before[name]).map((each) => `${name}: ${each}`),
    ),
    ...others.filter((name) => next[name] && !before[name]),
  ]
}

type Files = PermissionSet['read']

function widerFiles(next: Files, before: Files): readonly string[] {
  if (before === true || next === false) return []
  if (next === true) return ['all files']
  const allowed = before === false ? [] : before
  return next.filter((each) => !allowed.some((folder) => isWithin(each, folder)))
}
