import { randomUUID } from 'node:crypto'
import type { ProcessContext } from '../../../src/protocol/definition/context.ts'
import type { Contract } from '../../../src/protocol/definition/contract.ts'
import { extraArguments } from '../../../src/protocol/extra-arguments.ts'
import { noName } from '../../../src/protocol/no-name.ts'
import { noSuchOption } from '../../../src/protocol/no-such-option.ts'
import { unknownOperation } from '../../../src/protocol/unknown-operation.ts'
import type { EndLink, SetLink } from '../../../src/protocol/wire/links.ts'
import type { EndMonitor, SetMonitor } from '../../../src/protocol/wire/monitors.ts'
import { wrongValue } from '../../../src/protocol/wrong-value.ts'

/** The functions of a context that are about other processes' ends. */
export type MonitorFunctions = Pick<ProcessContext, 'monitor' | 'demonitor' | 'link' | 'unlink'>

/** What is said to main of a monitor or a link, without the place of its process. */
export type UnplacedMonitor =
  | Omit<SetMonitor, 'slot'>
  | Omit<EndMonitor, 'slot'>
  | Omit<SetLink, 'slot'>
  | Omit<EndLink, 'slot'>

/** The functions of one process. They can be taken out of the context. */
export function monitorFunctions(
  self: string,
  contract: Contract,
  post: (message: UnplacedMonitor) => void,
): MonitorFunctions {
  const by = (type: 'link' | 'unlink'): ProcessContext['link'] => {
    const where = `context.${type}`
    return (process, ...extra: unknown[]) => {
      if (extra.length > 0) throw extraArguments(where, ['process'], 1 + extra.length)
      if (typeof process !== 'string') throw noName(where, 'process', process)
      post({ type, process })
    }
  }
  return {
    monitor: (process, cast, options, ...extra: unknown[]) => {
      const where = 'context.monitor'
      if (extra.length > 0)
        throw extraArguments(where, ['process', 'cast', 'options'], 3 + extra.length)
      if (typeof process !== 'string') throw noName(where, 'process', process)
      if (typeof cast !== 'string') throw noName(where, 'cast', cast)
      if (!contract.casts.includes(cast)) throw unknownOperation('cast', cast, contract, self)
      const given = optionsOf(where, options)
      post({ type: 'monitor', process, cast, ...given })
      return given.monitor
    },
    demonitor: (monitor, ...extra: unknown[]) => {
      const where = 'context.demonitor'
      if (extra.length > 0) throw extraArguments(where, ['monitor'], 1 + extra.length)
      if (typeof monitor !== 'string') throw noName(where, 'monitor', monitor)
      post({ type: 'demonitor', monitor })
    },
    link: by('link'),
    unlink: by('unlink'),
  }
}

/** @throws MoultError `INVALID_OPTION` */
function optionsOf(where: string, options: unknown): Pick<SetMonitor, 'monitor' | 'restarts'> {
  if (options === undefined) return { monitor: randomUUID(), restarts: false }
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw wrongValue(where, 'options', 'an object of options', options)
  const names = ['name', 'restarts']
  for (const key of Object.keys(options)) {
    if (!names.includes(key)) throw noSuchOption(where, `options.${key}`, key, names)
  }
  const none = { name: undefined, restarts: undefined }
  const { name = randomUUID(), restarts = false }: Record<keyof typeof none, unknown> = {
    ...none,
    ...options,
  }
  if (typeof name !== 'string' || name === '')
    throw wrongValue(where, 'name', 'a text of at least one character', name)
  if (typeof restarts !== 'boolean') throw wrongValue(where, 'restarts', 'true or false', restarts)
  return { monitor: name, restarts }
}
