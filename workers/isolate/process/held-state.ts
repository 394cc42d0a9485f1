import type { BatchWriter } from '../../../src/protocol/bytes/payload-writer.ts'
import type { CheckpointRule } from '../../../src/protocol/definition/checkpoint-rule.ts'
import type { CopyScope } from '../../../src/protocol/wire/requests.ts'
import { writeCopy } from '../../state/state-bytes.ts'
import type { Version } from '../../state/version.ts'
import { ProcessAttachments } from './attachments.ts'
import { Checkpoints } from './checkpoints.ts'
import type { CheckpointOwner } from './checkpoints.ts'
import type { OpenResource } from './open-resource.ts'
import type { StateAccess } from './state-access.ts'

/** The state that a process has here, with what is open beside it and what goes along when it moves. */
export class HeldState implements StateAccess {
  readonly #version: Version
  /** What the process opens beside its state. */
  readonly resource: OpenResource | undefined
  #state: unknown
  /** `undefined` may be a state. */
  #exists = false
  #attachments: ProcessAttachments | undefined
  #checkpoints: Checkpoints | undefined

  constructor(version: Version, resource: OpenResource | undefined) {
    this.#version = version
    this.resource = resource
  }

  get exists(): boolean {
    return this.#exists
  }

  current(): unknown {
    return this.#state
  }

  /** The state, with what must move of all that is open beside it. */
  saved(): unknown {
    this.resource?.save(this.#state)
    return this.#state
  }

  begin(state: unknown): void {
    this.#state = state
    this.#exists = true
    this.#checkpoints?.begin()
  }

  /** Undefined where none are made. */
  get checkpoints(): Checkpoints | undefined {
    return this.#checkpoints
  }

  /** Copies go to main as often as its process has been spawned with, else as its definition says. */
  keepOnMain(spawned: CheckpointRule | false | undefined, owner: CheckpointOwner): void {
    const rule = spawned ?? this.#version.contract.checkpoint
    if (rule) this.#checkpoints = new Checkpoints(rule, owner, this)
  }

  /** Goes on with it after a suspend that came to nothing. */
  rollBack(): void {
    this.#attachments?.rollBack()
    this.#checkpoints?.begin()
    if (this.#exists) this.resource?.reopen(this.#state)
  }

  /** Made when it is needed: an idle process should weigh little. */
  get attachments(): ProcessAttachments {
    this.#attachments ??= new ProcessAttachments(this.#version, this)
    return this.#attachments
  }

  /** Makes the requested copies. No handler may be running. */
  makeCopies(): void {
    this.#attachments?.makeCopies()
  }

  /** Adds a copy; undefined where that would have to be waited for. See {@link writeCopy}. */
  copyInto(writer: BatchWriter, scope: CopyScope): boolean | undefined {
    if (!this.#exists) return undefined
    return writeCopy(this.saved(), scope, writer, this.#version.toNextVersion)
  }

  /** Nothing is copied any more, since the process stops. `process` is its name. */
  end(process: string): void {
    this.#attachments?.end(process)
    this.#checkpoints?.end()
  }
}
