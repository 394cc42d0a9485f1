// @module-tag once
import { expect, test } from 'vitest'
import { defineProcess } from 'moult'
import type { ProcessDown } from 'moult'
import { testProcess } from 'moult/testing'

const watcher = defineProcess({
  version: '1',
  init: () => ({ log: [] as string[] }),
  calls: {
    watch: (_state, name: string, context) => {
      context.monitor(name, 'down', { name: 'one' })
      context.monitor(name, 'down', { name: 'two', restarts: true })
      context.demonitor(context.monitor(name, 'down'))
    },
  },
  casts: {
    down: (state, { monitor, process, reason, error }: ProcessDown) => {
      state.log.push([monitor, process, reason, error?.code].join(' '))
    },
  },
})

test('monitors are told what the test says of other processes', async () => {
  const process = await testProcess(watcher)
  await process.call('watch', 'other')
  await process.settled()
  expect(process.monitors).toEqual([
    { name: 'one', process: 'other', cast: 'down' },
    { name: 'two', process: 'other', cast: 'down' },
  ])
  process.down('nobody')
  process.down('other', { reason: 'restarted' })
  process.down('other', { reason: 'crashed', error: { code: 'ISOLATE_EXITED', message: '' } })
  process.down('other')
  await process.settled()
  expect(process.monitors).toEqual([])
  expect((await process.state()).log).toEqual([
    'two other restarted ',
    'one other crashed ISOLATE_EXITED',
    'two other crashed ISOLATE_EXITED',
  ])
})

test('a stop ends the monitors', async () => {
  const process = await testProcess(watcher)
  await process.call('watch', 'other')
  await process.settled()
  await process.stop()
  expect(process.monitors).toEqual([])
})
