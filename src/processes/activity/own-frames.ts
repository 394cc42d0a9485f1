import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CodeFrame } from '../../isolates/inspection/cpu-profile.ts'
import type { SourceLocation } from '../../protocol/jobs/source-location.ts'
import { isOwnFile } from '../../versions/own-folders.ts'

/** A function that has the thread, or has called the one before it. */
export interface StackFrame {
  /** Empty for one without a name. */
  readonly function: string
  /**
   * Absolute path of the user's source, with the line and column, from 1: of the innermost function where it was found at
   * work, of the others where they begin. Of what is no file of an image it is the file or the module of Node that runs.
   */
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** The frames of a user's code, and what it has called, the innermost first. moult's own, which call it, are left out. */
export function userFrames(frames: readonly CodeFrame[]): readonly CodeFrame[] {
  const outermost = frames.findLastIndex(({ url }) => isUsers(url))
  return frames.slice(0, outermost + 1).filter(({ url }) => !isOwn(url))
}

/** @param at where the frame is in the user's source, where that is known */
export function stackFrame(frame: CodeFrame, at: SourceLocation | undefined): StackFrame {
  if (at !== undefined) return { function: frame.functionName, ...at }
  const { functionName, url, line, column } = frame
  const file = fileOf(url) ?? url
  return { function: functionName, file, line, ...(column !== undefined && { column }) }
}

function isUsers(url: string): boolean {
  const file = fileOf(url)
  return file !== undefined && !isOwnFile(file)
}

function isOwn(url: string): boolean {
  const file = fileOf(url)
  return file !== undefined && isOwnFile(file)
}

/** Undefined for modules of Node and for code without a file. CommonJS is compiled under its path. */
function fileOf(url: string): string | undefined {
  if (url.startsWith('file:')) return fileURLToPath(url)
  return path.isAbsolute(url) ? url : undefined
}
