import { Erlang } from '../erlang/erlang.ts'
import { CALLS, CASTS, CLIENTS, ROUND_TRIPS } from './loads.ts'
import type { Sample, Variant, WindowLength } from './variant.ts'

const name = 'Erlang'
const toMs = (us: number): number => us / 1000

/** A gen_server whose code_change rewrites each record, swapped as OTP's release handler does it, under a client in Erlang. */
export async function openGenServer(size: number, window: WindowLength): Promise<Variant> {
  const node = new Erlang()
  await node.ask('store', size)
  return {
    name,
    async sample() {
      const { gap, pause } = await node.ask('swap', Math.ceil(window.ms))
      return { gap: [toMs(gap)], pause: [toMs(pause)] }
    },
    close: () => node.close(),
  }
}

/** So many gen_servers of one module: suspend all, load, change each, resume all. */
export async function openGenServers(count: number): Promise<Variant> {
  const node = new Erlang()
  const { spawn_us: spawn, bytes } = await node.ask('spawn', count)
  return {
    name,
    async sample() {
      const { total, stills } = await node.ask('upgrade')
      return {
        total: [toMs(total)],
        still: stills.map(toMs),
        ...(await messages(node)),
        spawn: [spawn],
        memory: [bytes],
      }
    },
    close: () => node.close(),
  }
}

/** What messages to one gen_server cost. */
export async function openOneGenServer(): Promise<Variant> {
  const node = new Erlang()
  await node.ask('spawn', 1)
  return { name, sample: () => messages(node), close: () => node.close() }
}

async function messages(node: Erlang): Promise<Sample> {
  const { ns } = await node.ask('round-trips', ROUND_TRIPS)
  const { per_second: calls } = await node.ask('calls', CLIENTS, CALLS)
  const { per_second: casts } = await node.ask('casts', CASTS)
  return { 'round trip': ns.map((each) => each / 1000), calls: [calls], casts: [casts] }
}
