import type { Dispatch } from './dispatch.ts'

/** The messages of a process that are not finished, to be looked at. */
export type Messages = Pick<
  Dispatch,
  'size' | 'unfinished' | 'inFlight' | 'slice' | 'span' | 'whetherEnded' | 'letGo' | 'failLetGo'
>
