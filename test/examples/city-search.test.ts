// @module-tag once
import { expect, test } from 'vitest'
import { runExample, verdict } from './run-example.ts'

const LIMIT_MS = 200_000

test(
  'city-search: four swaps under load, and everything holds',
  async () => {
    const { exitCode, output, errors } = await runExample('city-search', '--quick')
    expect(errors).toBe('')
    expect(verdict(output, 'failed requests')).toBe('0 ok')
    expect(verdict(output, 'replies other than 2xx')).toBe('0 ok')
    expect(verdict(output, 'updates without a reply')).toBe('0 ok')
    expect(verdict(output, 'lost updates')).toBe('0 ok')
    expect(verdict(output, 'double updates')).toBe('0 ok')
    expect(verdict(output, 'answers of 0.9.0 and 2.0.0')).toBe('500 equal ok')
    expect(verdict(output, 'swaps that copied all cities ahead')).toBe('4 ok')
    expect(verdict(output, 'records left for a pause, at most 1 %')).toMatch(/^[\d,]+ ok$/)
    expect(verdict(output, 'threads of old versions that exited')).toBe('4 ok')
    expect(verdict(output, 'isolates more than before')).toBe('0 ok')
    expect(verdict(output, 'resident since the first swap, at most +100 MB')).toMatch(/MB ok$/)
    expect(output).not.toContain('FAILED')
    expect(exitCode).toBe(0)

    // The figures are there; what they are is the machine's business.
    const figures = String.raw`(\s+[\d,.]+){4}$`
    expect(output).toMatch(new RegExp(String.raw`^\s+before\s+0\.9\.0${figures}`, 'm'))
    expect(output).toMatch(new RegExp(String.raw`^\s+downgrade\s+2\.0\.0 → 1\.0\.0${figures}`, 'm'))
    expect(output).toMatch(new RegExp(String.raw`^\s+after\s+2\.0\.0${figures}`, 'm'))
    const row = /^\s+0\.9\.0 → 1\.0\.0\s+[\d,.]+\s+objects\s/m
    expect(output).toMatch(row)
    const swap =
      /(up|down)grade from \S+ to \S+: [\d,]+ (records|values of objects) ahead of it, [\d,]+ in the pause of [\d,.]+ ms$/gm
    expect(output.match(swap)).toHaveLength(4)
  },
  LIMIT_MS,
)

test(
  'city-search: a server that loses, doubles, refuses and answers wrongly is found out',
  { tags: ['once'], timeout: LIMIT_MS },
  async () => {
    const { exitCode, output } = await runExample('city-search', '--quick', '--sabotage')
    expect(verdict(output, 'failed requests')).toBe('0 ok')
    expect(verdict(output, 'replies other than 2xx')).toBe('1, not 0 FAILED')
    expect(verdict(output, 'updates without a reply')).toBe('1, not 0 FAILED')
    expect(verdict(output, 'lost updates')).toBe('1, not 0 FAILED')
    expect(verdict(output, 'double updates')).toBe('1, not 0 FAILED')
    expect(verdict(output, 'answers of 0.9.0 and 2.0.0')).toMatch(/^\d+ of 500 differ FAILED$/)
    expect(verdict(output, 'threads of old versions that exited')).toBe('4 ok')
    expect(exitCode).toBe(1)
  },
)
