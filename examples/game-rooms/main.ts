// 200 rooms of a game tick twenty times a second in two threads, while their code is replaced, room by room.
import { createRuntime } from 'moult'
import { checkTable, exactly } from '../check.ts'
import { ms, whole } from '../table.ts'
import { Player } from './player.ts'
import type roomV1 from './room-v1.ts'
import type roomV2 from './room-v2.ts'
import { serve, urlOf } from './server.ts'
import { Ticks } from './ticks.ts'

const ROOMS = 200
const TICKS = 20

await using runtime = await createRuntime()
const file = new URL('./room-v1.ts', import.meta.url)
const code = await runtime.load<typeof roomV1>(file, { isolates: 2 })
const ticks = new Ticks(code)
const names = Array.from({ length: ROOMS }, (_, at) => `room-${at + 1}`)
await Promise.all(names.map((name) => code.spawn({ name })))

const server = await serve(runtime, code)
const players = await Promise.all(
  ['ada', 'bob', 'cho', 'dee', 'eve', 'fay'].map((name, at) =>
    Player.enter(name, `${urlOf(server)}/room-${at * 30 + 1}`),
  ),
)
const longestGapMs = (): number => Math.max(...players.map((player) => player.longestGapMs()))

await ticks.until(ROOMS, TICKS, '1.0.0')
const before = longestGapMs()
const report = await code.upgrade<typeof roomV2>(new URL('./room-v2.ts', import.meta.url))
await ticks.until(ROOMS, TICKS, '2.0.0')
const during = longestGapMs()

console.log(
  `${report.processes.length} rooms went from 1.0.0 to 2.0.0 in ${whole(report.totalMs)} ms,`,
)
console.log(
  `each stood still for ${ms(report.pauseMs)} ms at most; ${whole(ticks.total)} ticks were counted.`,
)
console.log(
  `The longest gap that a player saw: ${ms(before)} ms before the upgrade, ${ms(during)} ms since.\n`,
)

const wrongSteps = await Promise.all(players.map((player) => player.wrongSteps()))
const checks = [
  exactly('ticks that were lost or came twice', ticks.wrong, 0),
  exactly(
    'frames that a player missed',
    players.reduce((sum, { missed }) => sum + missed, 0),
    0,
  ),
  exactly(
    'steps that were lost or made twice',
    wrongSteps.reduce((sum, lost) => sum + lost),
    0,
  ),
  exactly(
    'players that were disconnected',
    players.filter(({ isConnected }) => !isConnected).length,
    0,
  ),
  exactly(
    'rooms with the new code',
    runtime.processes().filter(({ version }) => version === '2.0.0').length,
    ROOMS,
  ),
]
console.log(checkTable(checks))

await Promise.all(players.map((player) => player.leave()))
server.close()
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1
