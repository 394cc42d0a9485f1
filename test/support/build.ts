import { execFileSync } from 'node:child_process'

/** Scenarios import the built package by its own name, so it is built first: nothing stale is tested. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: true })
}
