import { hasEnded, isInTransit } from './lifecycle.ts'
import type { Process } from './process.ts'
import { wrongValue } from '../protocol/wrong-value.ts'
import type { Registry } from './registry.ts'

/**
 * Gives a process another name, or none, once neither it nor the one that may lose the name is moved or made anew: what
 * is said to its thread then reaches it.
 * @throws MoultError `NAME_TAKEN`, `PROCESS_STOPPED`
 */
export async function renameProcess(
  registry: Registry,
  process: Process,
  name: string | undefined,
  takesIt: boolean,
): Promise<void> {
  for (;;) {
    const holder = name === undefined ? undefined : registry.holderOf(name, process)
    const moved = [process, holder].find((each) => each !== undefined && isInTransit(each))
    if (moved === undefined) break
    await moved.life.endOfTransit()
  }
  if (hasEnded(process)) throw process.stoppedError()
  registry.rename(process, name, takesIt)
}

/** @throws MoultError `INVALID_OPTION` */
export function checkName(where: string, name: unknown): void {
  if (typeof name === 'string' && name !== '') return
  throw wrongValue(where, 'name', 'a name of at least one character', name)
}
