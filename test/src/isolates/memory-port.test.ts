import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryPort } from '../../support/memory-port.ts'

interface Pipe {
  readonly port: Pick<MessagePort, 'postMessage'>
  readonly read: () => unknown[]
}

function memory(): Pipe {
  const port = new MemoryPort()
  return { port, read: () => port.read() }
}

function real(): Pipe {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const read = (): unknown[] => {
    const posted: unknown[] = []
    for (let next = receiveMessageOnPort(port2); next; next = receiveMessageOnPort(port2)) {
      posted.push(next.message)
    }
    return posted
  }
  return { port: port1, read }
}

describe.each([
  ['the port of a test', memory],
  ['the port of Node', real],
])('%s', (_name, make) => {
  test('keeps the order of what is posted, and gives each once', () => {
    const { port, read } = make()
    for (const each of [1, 2, 3]) port.postMessage(each)
    expect(read()).toEqual([1, 2, 3])
    port.postMessage(4)
    expect(read()).toEqual([4])
    expect(read()).toEqual([])
  })

  test('copies what is posted at once', () => {
    const { port, read } = make()
    const message = { list: [1] }
    port.postMessage(message)
    message.list.push(2)
    expect(read()).toEqual([{ list: [1] }])
  })

  test('moves what is to be transferred', () => {
    const { port, read } = make()
    const buffer = new Uint8Array([7]).buffer
    port.postMessage({ buffer }, [buffer])
    expect(buffer.byteLength).toBe(0)
    expect(read()).toEqual([{ buffer: new Uint8Array([7]).buffer }])
  })

  test('passes shared memory on', () => {
    const { port, read } = make()
    const words = new Int32Array(new SharedArrayBuffer(4))
    port.postMessage(words.buffer)
    const [shared] = read()
    words[0] = 5
    expect(new Int32Array(shared as SharedArrayBuffer)[0]).toBe(5)
  })

  test('refuses at once what cannot be cloned; then nothing has been posted and nothing has moved', () => {
    const { port, read } = make()
    const buffer = new ArrayBuffer(8)
    const message = { buffer, act: () => undefined }
    expect(() => port.postMessage(message, [buffer])).toThrow(
      expect.objectContaining({ name: 'DataCloneError' }),
    )
    expect(() => port.postMessage(buffer, [buffer, buffer])).toThrow()
    expect(buffer.byteLength).toBe(8)
    expect(read()).toEqual([])
  })
})
