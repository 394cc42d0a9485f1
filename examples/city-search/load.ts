import autocannon from 'autocannon'
import type { Tally } from './client-messages.ts'
import { Questions } from './questions.ts'

const CONNECTIONS = 8
/** How long replies may take at the end; what has none then has failed. */
const LAST_REPLIES_MS = 10_000
/** Autocannon wants an end; it is stopped long before. */
const LONGEST_S = 600

type Kind = 'read' | 'update' | 'idle'

/** The request a connection has sent last. Autocannon keeps one such object a connection. */
interface Current {
  kind: Kind
  cityId: number
  sentAt: number
}

/** Requests without a break on all connections (70 % reads, 30 % counter updates), and an exact account of them. */
export class Load {
  readonly #questions = new Questions(2014)
  readonly #sent = new Map<number, number>()
  readonly #acknowledged = new Map<number, number>()
  readonly #times: number[] = []
  readonly #run: autocannon.Instance
  #pending = 0
  #failures = 0
  #non2xx = 0
  #isFinishing = false

  constructor(url: string) {
    const setupRequest = (request: autocannon.Request, context: object): autocannon.Request => ({
      ...request,
      ...this.#next(context as Current),
    })
    const onResponse = (status: number, _body: string, context: object): void =>
      this.#answered(status, context as Current)
    const requests = [{ setupRequest, onResponse }]
    const limits = { connections: CONNECTIONS, duration: LONGEST_S, timeout: 30, sampleInt: 100 }
    this.#run = autocannon({ url, requests, ...limits }, () => undefined)
    this.#run.on('reqError', () => {
      this.#failures++
      this.#pending--
    })
  }

  get answered(): number {
    return this.#times.length / 2
  }

  /**
   * Stops when every request has its reply. Autocannon itself cuts its connections off and whatever is on them,
   * so each connection's last requests are idle ones that no account needs.
   */
  finish(): Promise<Tally> {
    this.#isFinishing = true
    return new Promise((resolve) => {
      this.#run.on('done', () => resolve(this.#tally()))
      const deadline = performance.now() + LAST_REPLIES_MS
      const check = setInterval(() => {
        if (this.#pending > 0 && performance.now() < deadline) return
        clearInterval(check)
        this.#run.stop()
      }, 20)
    })
  }

  #next(current: Current): { method: 'GET' | 'POST'; path: string } {
    current.sentAt = now()
    current.kind = this.#kind()
    if (current.kind === 'idle') return { method: 'GET', path: '/version' }
    this.#pending++
    if (current.kind === 'update') {
      current.cityId = this.#questions.cityId()
      count(this.#sent, current.cityId)
      return { method: 'POST', path: `/view?id=${current.cityId}` }
    }
    const isSearch = this.#questions.percent() < 50
    return { method: 'GET', path: isSearch ? this.#questions.search() : this.#questions.nearest() }
  }

  #kind(): Kind {
    if (this.#isFinishing) return 'idle'
    return this.#questions.percent() < 30 ? 'update' : 'read'
  }

  #answered(status: number, { kind, cityId, sentAt }: Current): void {
    if (kind === 'idle') return
    this.#pending--
    this.#times.push(sentAt, now())
    const isGood = status >= 200 && status < 300
    if (!isGood) this.#non2xx++
    else if (kind === 'update') count(this.#acknowledged, cityId)
  }

  #tally(): Tally {
    const failures = this.#failures + Math.max(0, this.#pending)
    return {
      requests: this.answered + failures,
      failures,
      non2xx: this.#non2xx,
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      times: Float64Array.from(this.#times),
    }
  }
}

function count(counts: Map<number, number>, id: number): void {
  counts.set(id, (counts.get(id) ?? 0) + 1)
}

/** A clock that both processes share. */
function now(): number {
  return performance.timeOrigin + performance.now()
}
