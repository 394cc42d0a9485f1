import { defineConfig } from 'vitest/config'

/** Tests that start no threads of their own, or leave them to the file's end. */
const pure = ['test/{src,workers,testing,structure}/**/*.test.ts']
/** They keep what they have started in variables of a helper, for one file. */
const ofOneFile = ['test/src/checks/*-search.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['test/support/leaks.ts'],
    // The built package is plain JavaScript: Node loads it faster than Vite would transform it, file by file.
    server: { deps: { external: [/\/dist\//] } },
    pool: 'forks',
    // Some tests wait for a deadline and compute nothing meanwhile: one file more than two processors.
    maxWorkers: 3,
    tags: [
      {
        name: 'once',
        description:
          'on one line of Node: what TypeScript, moult’s own checks and searches and its main thread decide, and the longest rows',
      },
    ],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // A busy machine is slow, not wrong.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        // The start of a process takes longer than most of these, and each file's leaks are counted all the same.
        test: { name: 'pure', include: pure, exclude: ofOneFile, isolate: false },
      },
      {
        extends: true,
        // A process of its own for each file: what one leaks is not hidden by another.
        test: {
          name: 'threads',
          include: [
            'test/{scenarios,examples,package,stress,documents}/**/*.test.ts',
            ...ofOneFile,
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: 'tsconfig.json',
          },
        },
      },
    ],
  },
})
