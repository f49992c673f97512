import type { FaultCell } from '../../local/graph/faults/faultKinds.ts';
import type { CommandKind } from '../../shared/contracts/command.ts';
import { cells } from './drawFaults.ts';
import type { SeededRandom } from './seededRandom.ts';

/** A fault that a run is built around: rare operations are only met where somebody asks for what needs them. */
export type Aim = FaultCell;

const wishFor: Readonly<Partial<Record<FaultCell['operation'], CommandKind>>> = {
  createTask: 'addTasks',
  getTask: 'addTasks',
  updateTask: 'updateTask',
  cancelTask: 'cancelTask',
  updateJob: 'reschedule',
  cancelJob: 'cancel',
};

/** Half of the runs are built around a fault. */
export function drawAim(random: SeededRandom): Aim | null {
  return random.chance(0.5) ? random.pick(cells) : null;
}

/** What somebody must ask for, so that the operation of the aim is called. */
export function wishOf(aim: Aim | null): CommandKind | undefined {
  return aim === null ? undefined : wishFor[aim.operation];
}

/** The operation is called only where the tenant's API offers writes to user tasks. */
export function needsUserTaskWrites(aim: Aim | null): boolean {
  return aim !== null && ['createTask', 'getTask', 'updateTask'].includes(aim.operation);
}
