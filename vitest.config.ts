import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The built package is plain JavaScript: Node loads it faster than Vite would transform it, file by file.
    server: { deps: { external: [/\/dist\//] } },
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['test/support/leaks.ts'],
    // A process of its own for each file: what one leaks is not hidden by another.
    pool: 'forks',
    // Some tests wait for a deadline and compute nothing meanwhile: one file more than two processors.
    maxWorkers: 3,
    tags: [
      {
        name: 'once',
        description:
          'on one line of Node: what TypeScript, moult’s own checks and searches say, an example that does wrong on purpose, the longest row',
      },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine is slow, not wrong.
    expect: { poll: { timeout: 20_000 } },
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: 'tsconfig.json',
    },
  },
})
