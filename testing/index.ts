export { testProcess } from './test-process.ts'
export type { TestProcess, TestProcessOptions } from './test-process.ts'
export { testUpgrade } from './test-upgrade.ts'
export type {
  TestedMessage,
  TestedReply,
  TestedState,
  TestUpgradeOptions,
  TestUpgradeReport,
} from './test-upgrade.ts'
export type { Difference } from './differences.ts'
export type { TestClock, WaitingTimer } from './test-clock.ts'
export type { ToldEnd, WaitingMonitor } from './test-monitors.ts'
export type { StandIns } from './lent.ts'
export type { SentMessage } from './main-side.ts'
