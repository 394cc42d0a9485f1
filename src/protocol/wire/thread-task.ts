/** The tasks of Piscina's threads: see `workers/tasks.cts`. */
export type ThreadTask = 'isolate' | 'bundle' | 'typecheck' | 'typedState' | 'search'

/** In workers/, whether this is the source or the built file. */
const filename = import.meta.url.replace(
  /src\/protocol\/wire\/thread-task\.([jt]s)$/,
  'workers/tasks.c$1',
)

/**
 * The file and the name of a task. Piscina gets them with the task, not with the pool: a thread that cannot load the
 * file of its pool dies, and its tasks wait for ever.
 */
export function threadTask(name: ThreadTask): { readonly filename: string; readonly name: string } {
  return { filename, name }
}
