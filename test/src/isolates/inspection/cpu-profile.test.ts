import { expect, test } from 'vitest'
import { busiestFrames } from '../../../../src/isolates/inspection/cpu-profile.ts'
import type { ProfileNode } from '../../../../src/isolates/inspection/cpu-profile.ts'

function node(id: number, functionName: string, rest: Partial<ProfileNode> = {}): ProfileNode {
  const callFrame = {
    functionName,
    url: `file:///${functionName}.js`,
    lineNumber: id,
    columnNumber: 4,
  }
  return { id, callFrame, ...rest }
}

test('the function that was found at work most often, and its callers', () => {
  const positionTicks = [
    { line: 7, ticks: 2 },
    { line: 9, ticks: 40 },
  ]
  const nodes = [
    node(1, '(root)', { children: [2, 5, 6] }),
    node(2, 'handler', { children: [3, 4], hitCount: 3 }),
    node(3, 'loop', { hitCount: 42, positionTicks }),
    node(4, 'other', { hitCount: 5 }),
    node(5, '(program)', { hitCount: 9 }),
    node(6, '(garbage collector)', { hitCount: 300 }),
  ]
  expect(busiestFrames({ nodes })).toEqual([
    { functionName: 'loop', url: 'file:///loop.js', line: 9, column: undefined },
    { functionName: 'handler', url: 'file:///handler.js', line: 3, column: 5 },
  ])
})

test.each(['(idle)', '(program)'])('a thread that was mostly at %s is in no function', (name) => {
  const nodes = [
    node(1, '(root)', { children: [2, 3] }),
    node(2, 'timer', { hitCount: 2 }),
    node(3, name, { hitCount: 60 }),
  ]
  expect(busiestFrames({ nodes })).toEqual([])
})

test('a function of which no line is known is told by its beginning', () => {
  const nodes = [node(1, '(root)', { children: [2] }), node(2, 'loop', { hitCount: 1 })]
  expect(busiestFrames({ nodes })).toMatchObject([{ line: 3, column: 5 }])
  expect(busiestFrames({ nodes: [] })).toEqual([])
})
