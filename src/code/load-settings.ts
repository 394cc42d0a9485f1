import { inspect, isDeepStrictEqual } from 'node:util'
import type { PermissionSet } from '../options/permissions.ts'
import { MoultError } from '../protocol/errors.ts'
import type { LoadSettings } from '../versions/loader.ts'
import type { Version } from '../versions/version.ts'
import type { CodeLine } from './code-line.ts'

/** The settings of a further version of a code. Unless something else is said, it may do what the current one may. */
export function settingsOfFurther(
  { external, resourceLimits, current }: CodeLine,
  permissions: PermissionSet | undefined,
): LoadSettings {
  return { external, resourceLimits, permissions: permissions ?? current.permissions }
}

/**
 * Refuses permissions for a version that is loaded already with others.
 * @throws MoultError `INVALID_OPTION`
 */
export function checkPermissions(version: Version, permissions: PermissionSet | undefined): void {
  if (permissions === undefined || isDeepStrictEqual(permissions, version.permissions)) return
  const label = version.contract.version
  const path = 'permissions'
  const expected = `${inLine(version.permissions)}, with which ${label} is loaded, or go with another version`
  const received = inLine(permissions)
  const message = `load: ${path} should be ${expected}, but is ${received}`
  throw new MoultError('INVALID_OPTION', message, { path, expected, received, version: label })
}

/** A value as a part of a sentence. */
export function inLine(value: unknown): string {
  return inspect(value, { breakLength: Infinity })
}

/** Whether the isolate in which one version was checked can host the other. */
export function haveSameThreads(one: Version, other: Version): boolean {
  return (
    one.image.url === other.image.url &&
    isDeepStrictEqual(one.resourceLimits, other.resourceLimits) &&
    isDeepStrictEqual(one.permissions, other.permissions)
  )
}
