/** Live, stateful processes whose code is replaced while they work. Start with {@link createRuntime} and {@link defineProcess}. */
export { createRuntime } from './runtime.ts'
export type { CloseOptions, LoadOptions, Runtime, RuntimeOptions } from './runtime.ts'
export type { RuntimeEvents } from './runtime-events.ts'
export type { Logger } from './logger.ts'
export type { Code, SpawnOptions, Upgraded } from './code.ts'
export type { IsolateInfo, VersionInfo } from './code-server.ts'
export type { VersionState } from './code/code-line.ts'
export type { Watch, WatchEvents, WatchOptions } from './watch.ts'
export type { Source, StoredImage } from './code/source.ts'
export type { ProcessInfo, ProcessRef, RemoteCalls, StopProcessOptions } from './process-ref.ts'
export type { MessageOptions, Messenger } from './processes/messenger.ts'
export type { OverflowPolicy } from './processes/overflow.ts'
export type { Totals } from './processes/dispatch.ts'
export type { Lifecycle } from './processes/lifecycle.ts'
export type {
  DowngradeOptions,
  RollingOptions,
  Selection,
  UpgradeOptions,
} from './upgrade/options.ts'
export type { FaultPoint } from './upgrade/execute.ts'
export type { Phase } from './upgrade/plan.ts'
export type { AuditCounts, MailboxAudit, NameAudit } from './upgrade/mailbox-audit.ts'
export type { BudgetReport } from './upgrade/pause-budget.ts'
export type { PauseParts } from './upgrade/pause.ts'
export type { RollProgress } from './upgrade/roll-progress.ts'
export type { Direction } from './upgrade/route.ts'
export type {
  CopyReport,
  MemoryReport,
  ProcessReport,
  UpgradeReport,
  VersionName,
} from './upgrade/report.ts'
export { defineProcess } from './protocol/definition.ts'
export type {
  AnyDefinition,
  ArgsOf,
  CallsOf,
  CastsOf,
  Change,
  CodeChange,
  Definition,
  Downgrade,
  Handler,
  MessageSchemas,
  Payload,
  Reply,
  Schemas,
  StateOf,
  Upcast,
  Upcasted,
  Upcasts,
} from './protocol/definition.ts'
export type {
  LentServices,
  LoadContext,
  Log,
  LogFields,
  LogLevel,
  ProcessContext,
  Self,
  Services,
} from './protocol/context.ts'
export type {
  CodeChangeByRecord,
  DowngradeByRecord,
  TableFactories,
  TableNames,
  WithMaps,
  WithoutTables,
} from './protocol/table-step.ts'
export { Table, table } from './protocol/table.ts'
export type { TableOptions } from './protocol/table.ts'
export type { TableKey } from './protocol/table-mark.ts'
export type { DeepReadonly } from './protocol/deep-readonly.ts'
export { MoultError, errorCodes, isMoultError } from './protocol/errors.ts'
export type { IsolateMemory } from './protocol/control.ts'
export type { DynamicImport, ImagePackage, ImageSource } from './protocol/image.ts'
export type { ErrorCode, ErrorDetails } from './protocol/errors.ts'
