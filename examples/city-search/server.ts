import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CityProcess } from './city-process.ts'

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** HTTP in front of the process. It knows nothing of upgrades: requests that meet one are answered a little later. */
export function createCityServer(cities: CityProcess): Server {
  return createServer((request, response) => {
    const send = ({ status, body }: Answer): void => {
      const text = JSON.stringify(body)
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      }
      response.writeHead(status, headers).end(text)
    }
    answer(cities, request).then(send, (error: unknown) => {
      send({ status: 500, body: { error: String(error) } })
    })
  })
}

async function answer(cities: CityProcess, { method, url }: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://localhost')
  switch (`${method} ${pathname}`) {
    case 'GET /search':
      return search(cities, searchParams.get('q'))
    case 'GET /nearest':
      return nearest(cities, degrees(searchParams, 'lat', 90), degrees(searchParams, 'lon', 180))
    case 'POST /view':
      return view(cities, Number(searchParams.get('id') ?? NaN))
    case 'GET /version':
      return good({ version: cities.version })
    default:
      return bad(404, 'GET /search?q=, GET /nearest?lat=&lon=, POST /view?id= or GET /version')
  }
}

async function search(cities: CityProcess, query: string | null): Promise<Answer> {
  if (query === null || query === '') return bad(400, 'q: the beginning of a name')
  return good(await cities.search(query))
}

async function nearest(cities: CityProcess, lat: number, lon: number): Promise<Answer> {
  if (Number.isNaN(lat)) return bad(400, 'lat: degrees from -90 to 90')
  if (Number.isNaN(lon)) return bad(400, 'lon: degrees from -180 to 180')
  return good(await cities.nearest({ lat, lon }))
}

async function view(cities: CityProcess, id: number): Promise<Answer> {
  if (!Number.isSafeInteger(id) || id < 0) return bad(400, 'id: a whole number')
  const views = await cities.view(id)
  return views === undefined ? bad(404, 'the id of a city') : good({ views })
}

/** A parameter within ±`limit`, else NaN. */
function degrees(parameters: URLSearchParams, name: string, limit: number): number {
  const text = parameters.get(name)
  const value = text === null || text.trim() === '' ? NaN : Number(text)
  return Math.abs(value) <= limit ? value : NaN
}

function good(body: unknown): Answer {
  return { status: 200, body }
}

function bad(status: number, expected: string): Answer {
  return { status, body: { expected } }
}

/** Listens on a free port of this machine and resolves to the address. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
