/** A handler links its process with another: where one of them dies, the other dies with it. */
export interface SetLink {
  readonly type: 'link'
  readonly slot: number
  /** Name or id of the other. */
  readonly process: string
}

/** A handler ends a link. */
export interface EndLink extends Omit<SetLink, 'type'> {
  readonly type: 'unlink'
}
