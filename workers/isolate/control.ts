import type { IsolateControl } from '../../src/protocol/wire/control.ts'

/** What an isolate exposes over Comlink: the members of the interface only. */
export function controlOf(isolate: IsolateControl): IsolateControl {
  return {
    hello: () => isolate.hello(),
    load: (request) => isolate.load(request),
    stateSize: (slot) => isolate.stateSize(slot),
    convert: (conversion) => isolate.convert(conversion),
    largeBuffers: (slot) => isolate.largeBuffers(slot),
    allocateBuffers: (sizes) => isolate.allocateBuffers(sizes),
    lendBuffers: (slot, preallocated) => isolate.lendBuffers(slot, preallocated),
    tableNames: (slot) => isolate.tableNames(slot),
    ahead: (slot) => isolate.ahead(slot),
    sendAhead: (request) => isolate.sendAhead(request),
    stopSending: (slot) => isolate.stopSending(slot),
    receiveAhead: (request) => isolate.receiveAhead(request),
    takeCopy: (id) => isolate.takeCopy(id),
    audit: (messages) => isolate.audit(messages),
    memory: () => isolate.memory(),
    leave: () => isolate.leave(),
  }
}
