import type { Dispatch } from './dispatch.ts'

/** The messages of a process that are not finished, seen from outside. */
export type Messages = Pick<
  Dispatch,
  | 'size'
  | 'unfinished'
  | 'inFlight'
  | 'next'
  | 'find'
  | 'forget'
  | 'slice'
  | 'begun'
  | 'span'
  | 'whetherEnded'
  | 'letGo'
  | 'failLetGo'
  | 'failBegun'
  | 'log'
  | 'sentFrom'
  | 'replay'
>
