import type { Code, ProcessRef, Runtime, RuntimeOptions } from 'moult'
import { expect } from 'vitest'
import type roomV1 from '../fixtures/shared/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

export type Room = typeof roomV1

export const files = { v1: fixture('shared/v1.ts'), v2: fixture('shared/v2.ts') }

/** Rooms that share threads: `room 0`, `room 1`, … have counted 1000, 1001, … */
export interface Shared {
  readonly runtime: Runtime
  readonly code: Code<Room>
  readonly gates: TestGates
  readonly rooms: readonly ProcessRef<Room>[]
}

export async function share(
  count: number,
  isolates: number | 'per-process',
  options: RuntimeOptions = {},
): Promise<Shared> {
  const gates = new TestGates()
  const runtime = await testRuntime({ services: gates.services, exitGraceMs: 500, ...options })
  const code = await runtime.load<Room>(files.v1, { isolates })
  const rooms = await Promise.all(
    Array.from({ length: count }, (_none, index) =>
      code.spawn({ name: `room ${index}`, args: { start: 1000 + index } }),
    ),
  )
  return { runtime, code, gates, rooms }
}

/** How many rooms run each version. */
export function versionsOf(rooms: readonly ProcessRef<Room>[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { version } of rooms) counts[version] = (counts[version] ?? 0) + 1
  return counts
}

/** A rolling upgrade from 1.0.0 has stopped between two rooms: those that it says it has moved run 2.0.0, the others what they ran. Returns how many remain. */
export function expectStoppedHalfWay(rooms: readonly ProcessRef<Room>[], error: unknown): number {
  const { moved, remaining } = error as { moved: number; remaining: number }
  expect(moved + remaining).toBe(rooms.length)
  expect(versionsOf(rooms)).toEqual({ '1.0.0': remaining, ...(moved > 0 && { '2.0.0': moved }) })
  return remaining
}

/** Each room has counted what it was told, once, in order. */
export async function expectWhole(
  rooms: readonly ProcessRef<Room>[],
  entries: number,
): Promise<void> {
  const looks = await Promise.all(rooms.map((room) => room.call('look')))
  expect(looks.map(({ count }) => count)).toEqual(rooms.map((_, index) => 1000 + index + entries))
  expect(looks.flatMap(({ wrong }) => wrong)).toEqual([])
}
