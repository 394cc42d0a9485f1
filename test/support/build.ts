import { execFileSync } from 'node:child_process'

/**
 * Scenarios import the built package by its own name, so it is built first: nothing stale is tested. CI says when it
 * has just done so.
 */
export default function build(): void {
  if (process.env['MOULT_IS_BUILT'] !== undefined) return
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: true })
}
