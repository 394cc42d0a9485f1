/** The target of `import … from 'moult'` inside an image: the part of moult that a process can use. */
export { defineProcess } from '../../src/protocol/definition/definition.ts'
export { codec } from '../../src/protocol/definition/codec.ts'
export { event } from '../../src/protocol/definition/event.ts'
export { Table, table } from '../../src/protocol/definition/table.ts'
export { MoultError, errorCodes, isMoultError } from '../../src/protocol/errors.ts'
