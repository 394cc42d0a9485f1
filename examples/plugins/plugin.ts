import type { AnyDefinition } from 'moult'

export interface Answer {
  readonly text: string
  /** How often the plug-in has run, over all its versions. */
  readonly runs: number
}

/** What all plug-ins have in common. */
export interface Plugin extends AnyDefinition {
  readonly init: () => unknown
  readonly calls: { readonly run: (state: never, input: string) => Answer | Promise<Answer> }
}
