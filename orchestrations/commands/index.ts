import type { CommandKind } from '../../shared/contracts/command.ts';
import { addNote } from './addNote.ts';
import { addTasks } from './addTasks.ts';
import { approve, reject } from './approveReject.ts';
import { cancel, cancelTask } from './cancel.ts';
import type { CommandDefinition } from './commandDefinition.ts';
import { deleteJobs } from './deleteJobs.ts';
import { pause, resume } from './pauseResume.ts';
import { reschedule } from './reschedule.ts';
import { retry } from './retry.ts';
import { revalidate } from './revalidate.ts';
import { updateTask } from './updateTask.ts';

/** The kinds of command by name. */
export const commandDefinitions: Readonly<Record<CommandKind, CommandDefinition>> = {
  approve,
  reject,
  cancel,
  reschedule,
  pause,
  resume,
  cancelTask,
  retry,
  revalidate,
  addTasks,
  updateTask,
  deleteJobs,
  addNote,
};
