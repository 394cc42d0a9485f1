/** Live, stateful processes whose code is replaced while they work. They begin with a {@link createRuntime}. */
export { createRuntime } from './runtime/runtime.ts'
export type { CloseOptions, Runtime } from './runtime/runtime.ts'
export type { RuntimeOptions } from './runtime/runtime-options.ts'
export type { LoadOptions } from './runtime/load-options.ts'
export type { Permissions } from './options/permissions.ts'
export type { ChildOptions, ChildOf, SuperviseOptions } from './runtime/supervise-options.ts'
export type { SupervisorRef, Supervised } from './runtime/supervisor-ref.ts'
export type { ChildRestart, Strategy } from './supervision/strategy.ts'
export type {
  NamedProcess,
  NamedUpgrade,
  RuntimeEventName,
  RuntimeEvents,
  UnhandledError,
} from './runtime/runtime-events.ts'
export type { DiagnosticsMessage } from './runtime/diagnostics-message.ts'
export type { Asked } from './upgrade/report/asked.ts'
export type { Logger } from './runtime/logger.ts'
export type { Code, Upgraded } from './runtime/code.ts'
export type { RestartOptions, SpawnOptions } from './runtime/spawn-options.ts'
export type { ProcessGroup } from './runtime/process-group.ts'
export type { SpawnManyOptions, SpawnManyParameters } from './runtime/spawn-many.ts'
export type { IsolateInfo, VersionInfo } from './code/version-info.ts'
export type { VersionState } from './code/code-line.ts'
export type { Watch, WatchEvents, WatchOptions } from './runtime/watch.ts'
export type { Source, StoredImage } from './versions/source.ts'
export type { ProcessActivity } from './processes/activity/diagnosis.ts'
export type { AwaitedCall, HandledMessage } from './processes/activity/activity.ts'
export type { StackFrame } from './processes/activity/own-frames.ts'
export type { RestartProcessOptions } from './runtime/restarts.ts'
export type { ProcessInfo } from './runtime/process-info.ts'
export type {
  EventsOptions,
  ProcessRef,
  RemoteCalls,
  StopProcessOptions,
} from './runtime/process-ref.ts'
export type { ProcessExit } from './processes/process-exit.ts'
export type { EventListener } from './processes/event-listeners.ts'
export type { EventIterable } from './processes/event-stream.ts'
export type { ItemStream } from './processes/streams/item-stream.ts'
export type { MessageOptions, Messenger } from './processes/messenger.ts'
export type { OverflowPolicy } from './processes/overflow.ts'
export type { Totals } from './processes/totals.ts'
export type { Lifecycle } from './processes/lifecycle.ts'
export type {
  CheckedProcess,
  DowngradeOptions,
  DryRunOptions,
  LoadedOptions,
  SampleOptions,
  MeasuredOptions,
  ModeOptions,
  ProcessDowngradeOptions,
  ProcessUpgradeOptions,
  ProbationOptions,
  ProofOptions,
  RollBackOptions,
  RollingOptions,
  Selection,
  UpgradeOptions,
} from './upgrade/plan/options.ts'
export type { FaultPoint } from './upgrade/atomic/execute.ts'
export type { Phase } from './upgrade/plan/phases.ts'
export type { AuditCounts, MailboxAudit, NameAudit } from './upgrade/audit/mailbox-audit.ts'
export type { BudgetReport } from './upgrade/report/pause-budget.ts'
export type { PauseParts } from './upgrade/report/pause.ts'
export type { VersionName } from './versions/version-name.ts'
export type { RollProgress, ToldPhase } from './upgrade/plan/upgrade-observer.ts'
export type { Direction } from './protocol/wire/migration.ts'
export type {
  CopyReport,
  MemoryReport,
  ProcessReport,
  UpgradeReport,
} from './upgrade/report/report.ts'
export { codec } from './protocol/definition/codec.ts'
export type { AnyCodec, Classes, Codec, Codecs } from './protocol/definition/codec.ts'
export { event } from './protocol/definition/event.ts'
export type {
  EmittedData,
  EventTypes,
  HeardData,
  NoEventData,
  NoEvents,
} from './protocol/definition/event.ts'
export type { TraceContext } from './protocol/definition/trace.ts'
export { defineProcess } from './protocol/definition/definition.ts'
export type {
  AnyDefinition,
  ArgsOf,
  CallsOf,
  CastsOf,
  Change,
  CodeChange,
  Definition,
  Downgrade,
  EventsOf,
  Handler,
  ItemOf,
  MessageSchemas,
  Payload,
  Reply,
  ResultOf,
  Schemas,
  StateOf,
  StreamsOf,
  Upcast,
  Upcasted,
  Upcasts,
} from './protocol/definition/definition.ts'
export type {
  EventData,
  LentServices,
  LoadContext,
  Log,
  LogFields,
  LogLevel,
  ProcessContext,
  Resumed,
  Self,
  Services,
} from './protocol/definition/context.ts'
export type { LostMessages } from './processes/replays.ts'
export type { Recovered, RestartFrom } from './processes/recovery.ts'
export type { CheckpointRule } from './protocol/definition/checkpoint-rule.ts'
export type { LiveResource } from './protocol/definition/live-resource.ts'
export type { ExitReason, MonitorOptions, ProcessDown } from './protocol/definition/process-down.ts'
export type { CronOptions, LatePolicy, TimerOptions } from './protocol/definition/timer-options.ts'
export type {
  CodeChangeByRecord,
  DowngradeByRecord,
  TableFactories,
  TableNames,
  WithMaps,
  WithoutTables,
} from './protocol/definition/table-step.ts'
export { Table, table } from './protocol/definition/table.ts'
export type { TableOptions } from './protocol/definition/table.ts'
export type { TableKey } from './protocol/definition/table-mark.ts'
export type { DeepReadonly } from './protocol/definition/deep-readonly.ts'
export { MoultError, errorCodes, isMoultError } from './protocol/errors.ts'
export type { IsolateMemory } from './protocol/wire/control.ts'
export type { DynamicImport, ImagePackage, ImageSource } from './protocol/jobs/image.ts'
export type { ErrorCode, ErrorDetails } from './protocol/errors.ts'
