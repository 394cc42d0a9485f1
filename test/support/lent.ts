import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { LentFunctions, LentPort } from '../../src/isolates/lent-functions.ts'
import { lentServices } from '../../workers/isolate/lent-services.ts'

/** A member of what is lent, as far as a test knows. */
export type Loose = ((...args: unknown[]) => Promise<unknown>) & { readonly [name: string]: Loose }

/** Services as a thread sees them, with main at the other end of a port. Both are closed when the test ends. */
export function lend(services: object): Loose {
  const { functions, main, thread } = connect(services)
  new LentPort(main, functions)
  return lentServices(thread, functions.names) as unknown as Loose
}

/** Main with these services, and the port at which a thread may post what it likes. */
export function lendTo(services: object): MessagePort {
  const { functions, main, thread } = connect(services)
  new LentPort(main, functions)
  return thread
}

interface Connection {
  readonly functions: LentFunctions
  readonly main: MessagePort
  readonly thread: MessagePort
}

function connect(services: object): Connection {
  const { port1: main, port2: thread } = new MessageChannel()
  onTestFinished(async () => {
    const closed = once(thread, 'close')
    main.close()
    await closed
  })
  return { functions: new LentFunctions(services), main, thread }
}
