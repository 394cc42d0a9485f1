// @module-tag once
import { expect, test } from 'vitest'
import type { DryRun } from '../../../../src/upgrade/dry-run/dry-run.ts'
import { Member, reportOf } from '../../../../src/upgrade/hand-over/member.ts'
import type { HandOverFigures } from '../../../../src/upgrade/hand-over/member.ts'
import { UpgradeWorld } from '../upgrade-world.ts'

const figures: HandOverFigures = {
  requestedAt: 100,
  stalledMs: 20,
  passMs: 4,
  releasedAt: undefined,
  copied: undefined,
}

/** One that has been moved. It stopped at 110 and was ready at 140. */
async function moved(): Promise<Member> {
  const [process] = await new UpgradeWorld().spawn({})
  const member = new Member({ process, runs: 4 } as unknown as DryRun)
  member.old = process?.activation
  member.standsSince = 105
  member.exported = { stateBytes: 7, stoppedAt: 110, serialiseMs: 3 }
  member.entered = { readyAt: 140, deserialiseMs: 5, codeChangeMs: 6, verifyMs: 4, openMs: 3 }
  member.messagesHeld = 2
  return member
}

test('a pause begins where the process stopped, and each of its parts is told', async () => {
  expect(reportOf(await moved(), figures)).toEqual({
    id: 'p0',
    name: 'p0',
    from: { version: '1', hash: undefined },
    pauseMs: 30,
    parts: {
      suspendMs: 10,
      serialiseMs: 3,
      passMs: 4,
      deserialiseMs: 5,
      codeChangeMs: 6,
      verifyMs: 4,
      openMs: 3,
      travelMs: 5,
      waitMs: 0,
    },
    stoodStillMs: 55,
    stateBytes: 7,
    dryRuns: 4,
    messagesHeld: 2,
    mailboxAudit: { fit: 0, upcast: 0, refused: 0, removed: 0, byName: {} },
    oldThread: undefined,
  })
})

test('one that holds stands still until it is released', async () => {
  const copied = { way: 'tables', records: 3, bytes: 9, rounds: 1, recordsLeft: 0 } as const
  const report = reportOf(await moved(), { ...figures, releasedAt: 155, copied })
  expect(report).toMatchObject({
    pauseMs: 45,
    parts: { travelMs: 5, waitMs: 15 },
    stoodStillMs: 70,
    copied,
  })
})

test.each(['old', 'exported', 'entered'] as const)(
  'there is nothing to tell of one that has not come so far: no %s',
  async (field) => {
    const member = await moved()
    member[field] = undefined
    expect(reportOf(member, figures)).toBeUndefined()
  },
)
