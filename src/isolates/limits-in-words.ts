import type { ResourceLimits } from 'node:worker_threads'

/** The limits under which a thread was started; none are Node's own. */
export type Limits = ResourceLimits | undefined

/** ` (resourceLimits: { maxOldGenerationSizeMb: 4 })`, to be added to what a limit may have caused. */
export function inWords(limits: Limits): string {
  const named = Object.entries(limits ?? {}).map(([limit, megabytes]) => `${limit}: ${megabytes}`)
  return named.length === 0 ? '' : ` (resourceLimits: { ${named.join(', ')} })`
}

/** Whether a thread ended because its heap was full. */
export function isOutOfMemory(error: unknown): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
