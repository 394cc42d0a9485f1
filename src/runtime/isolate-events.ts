import type { IsolateObserver } from '../isolates/isolate-observer.ts'
import type { RuntimeEmitter } from './runtime-emitter.ts'

/** Tells of isolates as events of the runtime. */
export function isolateEvents(
  events: RuntimeEmitter,
): Required<Pick<IsolateObserver, 'onStarted' | 'onLoaded' | 'onExited'>> {
  return {
    onStarted: (threadId) => void events.announce('isolateStarted', { threadId }),
    onLoaded: (threadId, { version, hash }) =>
      void events.announce('isolateLoaded', { threadId, version, hash }),
    onExited: ({ threadId, exitCode, error, limits }, loaded) =>
      void events.announce('isolateExited', {
        threadId,
        exitCode,
        ...(error && { error }),
        ...(limits && { limits }),
        ...(loaded && { version: loaded.version, hash: loaded.hash }),
      }),
  }
}
