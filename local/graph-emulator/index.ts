/** The public interface of the package. Code outside this folder imports from here. */
export {
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  type Interference,
  type LoggedRequest,
} from './createEmulator.ts';
export {
  allFaultKinds,
  appliesTo,
  type FaultCell,
  faultCells,
  type FaultEffect,
  type FaultKind,
  faultKinds,
} from './faults/faultKinds.ts';
export {
  errorForms,
  type FaultPlan,
  FaultPlanError,
  faultPlanSchema,
  readFaultPlan,
  type RefusedStatus,
  refusedStatuses,
} from './faults/faultPlan.ts';
export { type InProcessCaller, InProcessCredential, inProcessHttpClient } from './inProcess.ts';
export { validationErrors } from './jobs/jobErrors.ts';
export type { JobEvent, JobRecord } from './jobs/jobRecord.ts';
export { JobStore } from './jobs/jobStore.ts';
export { stepAt } from './jobs/jobTimeline.ts';
export { userTaskAt } from './jobs/userTask.ts';
export { ConnectionResetError, listen, type Listener, PortInUseError } from './listen.ts';
export { isWrite, type OperationName, operationNames, operationOf } from './operationNames.ts';
export { readScenario, type Scenario, ScenarioError, scenarioSchema } from './scenario.ts';
export { seededIds } from './seededRandom.ts';
export { sharePointScenarioSchema } from './sharePoint/sharePointScenario.ts';
export { SharePointService } from './sharePoint/sharePointService.ts';
export type { TaskRecord } from './sharePoint/taskRecord.ts';
export type { TaskStore } from './sharePoint/taskStore.ts';
