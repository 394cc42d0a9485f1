/** The tasks of Piscina's threads: see `workers/tasks.cts`. */
export type ThreadTask = 'isolate' | 'bundle' | 'typecheck' | 'typedState' | 'search'

/** In workers/, whether this is the source or the built file. Undefined where moult is a part of a bundle. */
const filename = tasksFrom(import.meta.url)

/** @param own undefined in a bundle of CommonJS */
function tasksFrom(own: string | undefined): string | undefined {
  const tasks = own?.replace(/src\/protocol\/wire\/thread-task\.([jt]s)$/, 'workers/tasks.c$1')
  return tasks === own ? undefined : tasks
}

/** Whether moult is a part of a bundle, which lacks the files from which its threads start. */
export const isInBundle = filename === undefined

/**
 * The file and the name of a task. Piscina gets them with the task, not with the pool: a thread that cannot load the
 * file of its pool dies, and its tasks wait for ever.
 */
export function threadTask(name: ThreadTask): { readonly filename: string; readonly name: string } {
  return { filename: filename ?? '', name }
}
