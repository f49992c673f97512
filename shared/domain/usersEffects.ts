import type { CommandKind, CommandResult } from '../contracts/command.ts';
import type { PendingCommand } from '../contracts/internal/commands.ts';
import type { ActionMembers, ActionName } from '../contracts/internal/operations.ts';
import { wholeSeconds } from '../contracts/text.ts';

type Result = Pick<CommandResult, 'verdict' | 'detail'>;

/** A decision about a batch that is held because users failed validation. */
export type HoldDecision = 'revalidate' | 'continueWithout';

/** What a command does to a batch of users. */
export type UsersEffect =
  /** It sends an action to the job of the batch. */
  | {
      readonly kind: 'action';
      readonly action: ActionName;
      /** Returns the members of the action. Absent: it has none. */
      readonly members?: (command: PendingCommand) => ActionMembers;
      /**
       * Returns whether the cutover date of the job shows that an earlier try without a response
       * took effect. Absent: nothing but the status shows it.
       */
      readonly isShownBy?: (command: PendingCommand, completeAfterMs: number) => boolean;
      /** The result if there is no job yet. */
      readonly withoutJob: Result;
      /** Whether the user whom it names leaves the batch as `cancelled`. */
      readonly dropsUser?: true;
    }
  /** It decides about a held batch. */
  | {
      readonly kind: 'decision';
      readonly decide: (command: PendingCommand) => HoldDecision;
      /** What the batch does after each decision. */
      readonly details: Readonly<Record<HoldDecision, string>>;
      /** The result if the batch is not held. */
      readonly unlessHeld: Result;
    };

/**
 * What each kind of command does to a batch of users. It stands apart from the files of the kinds,
 * because orchestrators are replayed and must not import stores. A kind without an entry has its
 * effect with its row or in a run of its own.
 */
export const usersEffects: Readonly<Partial<Record<CommandKind, UsersEffect>>> = {
  cancel: {
    kind: 'action',
    action: 'cancel',
    withoutJob: { verdict: 'applied', detail: 'no job had been submitted' },
  },
  reschedule: {
    kind: 'action',
    action: 'reschedule',
    members: ({ completeAfterDateTime }) => ({ completeAfterDateTime }),
    isShownBy: ({ completeAfterDateTime }, completeAfterMs) =>
      completeAfterDateTime !== null &&
      Date.parse(wholeSeconds(completeAfterDateTime)) === completeAfterMs,
    // Its date is in the migration's row.
    withoutJob: { verdict: 'applied', detail: 'the job will be created with the new date' },
  },
  cancelTask: {
    kind: 'action',
    action: 'cancelUser',
    members: ({ taskId }) => ({ taskId }),
    withoutJob: { verdict: 'applied', detail: 'no job had been submitted' },
    dropsUser: true,
  },
  updateTask: {
    kind: 'action',
    action: 'updateUser',
    members: ({ taskId, commandId }) => ({ taskId, commandId }),
    withoutJob: {
      verdict: 'tooLate',
      detail: 'the batch has no job yet that contains the user',
    },
  },
  revalidate: {
    kind: 'decision',
    decide: ({ continueWithout }) => (continueWithout === true ? 'continueWithout' : 'revalidate'),
    details: {
      revalidate: 'the users who failed validation are validated again',
      continueWithout: 'the batch continues without the users who failed validation',
    },
    unlessHeld: {
      verdict: 'tooLate',
      detail: 'the batch is not waiting for a decision about users who failed validation',
    },
  },
};
