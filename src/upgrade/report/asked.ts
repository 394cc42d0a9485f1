/** How an upgrade, downgrade or roll back was asked for. */
export interface Asked {
  /**
   * The function of the code or the process; `'watch'` for a save, `'self'` for a handler that asked for it,
   * `'probation'` for a roll back that moult makes by itself.
   */
  readonly how: 'upgrade' | 'downgrade' | 'rollBack' | 'watch' | 'self' | 'probation'
}
