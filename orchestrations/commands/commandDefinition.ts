import type { z } from 'zod';
import type {
  Command,
  CommandKind,
  CommandLog,
  CommandResult,
  CommandWithResults,
  Decision,
  TaskUpdate,
} from '../../shared/contracts/command.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import type { ProblemCode, ProblemField } from '../../shared/contracts/problem.ts';
import type { RequestedUser, UsersRequest } from '../../shared/contracts/request.ts';
import type { Task } from '../../shared/contracts/task.ts';
import type { Role } from '../../shared/http/auth.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type { ActivityServices } from '../activityServices.ts';
import type { SharePointTaskRow } from '../sharePoint/taskRow.ts';
import type { CommandExecution } from './interpretCommands.ts';

/** What the body of a command says. Each kind has a schema for its members. */
export interface CommandMembers {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
  readonly completeAfterDateTime?: string | undefined;
  readonly continueWithout?: boolean | undefined;
  /** For approve and reject: the approval request to decide on. */
  readonly approvalId?: string | undefined;
  readonly update?: TaskUpdate | undefined;
  /** For addTasks: the users, and what happens if another migration has or had one of them. */
  readonly users?: readonly RequestedUser[] | undefined;
  readonly onConflict?: UsersRequest['onConflict'] | undefined;
  /** For deleteJobs: the name of the migration, which the caller repeats. */
  readonly confirmName?: string | undefined;
}

/** A command as the caller sent it. */
export interface CommandRequest {
  readonly kind: CommandKind;
  /**
   * Display name of the caller. If the caller is signed in, `byId` is their id and `names` holds
   * all their names.
   */
  readonly by: string | null;
  readonly byId?: string | null;
  readonly names?: readonly string[];
  readonly approvalId?: string | null;
  readonly reason: string | null;
  readonly completeAfterDateTime: string | null;
  readonly taskId: string | null;
  readonly continueWithout: boolean | null;
  readonly update: TaskUpdate | null;
  readonly users: readonly RequestedUser[];
  readonly onConflict?: UsersRequest['onConflict'];
}

/** What accepting a command needs. */
export interface CommandServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  /** Whether writes to user tasks are enabled in the configuration. */
  readonly userTaskWrites: boolean;
  /** Raises the wake-up event of an orchestration. Losing it only costs time. */
  readonly wakeUp: (instanceId: string) => Promise<void>;
  /** Starts the run of a command. Does nothing if it was started before. */
  readonly startRun: (migrationId: string, commandId: string) => Promise<void>;
}

export type CommandRefusal =
  /** The command cannot take effect (409). */
  | {
      readonly kind: 'conflict';
      readonly code: ProblemCode;
      readonly detail: string;
      readonly errors?: readonly ProblemField[];
    }
  /** The caller is not allowed to send this command (403). */
  | {
      readonly kind: 'forbidden';
      readonly code: 'requesterCannotApprove' | 'approverNotAuthenticated';
      readonly detail: string;
    }
  | { readonly kind: 'notFound'; readonly detail: string };

export type CommandAcceptance =
  { readonly kind: 'accepted'; readonly command: CommandWithResults } | CommandRefusal;

/** A command that is not stored yet, and what its kind may base its decision on. */
export interface NewCommand {
  readonly migration: Migration;
  readonly command: Omit<Command, 'targets'>;
  readonly request: CommandRequest;
  readonly commandLog: CommandLog;
}

/**
 * A command that is to be stored. `decision`: the decision on an approval that it found or made.
 * `first`: the kind of a command that is stored before it on behalf of the same caller.
 */
export interface CommandToSave {
  readonly kind: 'save';
  readonly command: Command;
  readonly decision?: Decision;
  readonly first?: CommandKind;
}

/** The result of a command that takes effect with its row. */
export type ImmediateResult = Pick<CommandResult, 'verdict' | 'detail'>;

/** Why the body of a command cannot be accepted now (400). */
export interface BodyRefusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly ProblemField[];
}

/**
 * What there is to know about a kind of command. Acceptance, routes, the OpenAPI document, batches
 * and runs look it up here.
 */
export interface CommandDefinition {
  /** The HTTP route that accepts it. */
  readonly route: {
    /** The name of the registered function. */
    readonly name: string;
    readonly method?: 'PATCH';
    /** The path below `migrations/{id}/`. With `{taskId}` it addresses one task. */
    readonly path: string;
    readonly summary: string;
    /** The problems that this route may return besides those of every command. */
    readonly problems?: readonly ProblemCode[];
  };
  /** The app role that a caller needs. */
  readonly role: Role;
  /** The kinds of migration that support it. */
  readonly appliesTo: readonly Migration['kind'][];
  /**
   * Whether the caller must be named even if function keys do not identify them. Absent: it need
   * not.
   */
  readonly needsName?: (migration: Migration) => boolean;
  /** Parses the body. */
  readonly body: z.ZodType<CommandMembers>;
  /** Returns why a valid body cannot be accepted now. Absent: it always can. */
  readonly refusal?: (
    body: CommandMembers,
    migration: Migration,
    nowMs: number,
  ) => BodyRefusal | undefined;
  /** Whether it is accepted after the migration has ended. */
  readonly isAcceptedAfterEnd?: boolean;
  /** The run that it starts, for the kinds in `runKinds`. */
  readonly run?: 'reopensBatches' | 'addsBatches' | 'deletesJobs';
  /** Whether its row may let a waiting batch continue, so that every batch is woken up. */
  readonly wakesEveryBatch?: boolean;
  /** Whether it is tried before other unconfirmed commands, however many there are. */
  readonly isUrgent?: boolean;
  /** Whether a later command of its kind for the same task replaces it. */
  readonly isReplacedByLater?: boolean;
  /**
   * Decides whether a command can be accepted, and which batches must report a result. Absent: it
   * is accepted, and addresses no batch.
   */
  accept?(asked: NewCommand, services: CommandServices): Promise<CommandToSave | CommandRefusal>;
  /**
   * Returns the result of a command that takes effect with its row; undefined for a command that
   * batches handle. `decision`: the decision on the approval request that it names.
   */
  immediateResult?(command: Command, decision: Decision | undefined): ImmediateResult | undefined;
  /** Does what must follow the row of a command before its run starts. Can be repeated. */
  afterSave?(command: Command, services: CommandServices): Promise<void>;
  /**
   * Executes it for the tasks of a SharePoint batch. It may be called at any time, also several
   * times at once. Absent for a command that no SharePoint batch executes. What it does to a batch
   * of users is in `shared/domain/usersEffects.ts`: orchestrators must not import activity code.
   */
  executeForSharePoint?(
    command: Command,
    taskRows: readonly SharePointTaskRow[],
    services: ActivityServices,
  ): Promise<CommandExecution>;
  /** Returns whether an unconfirmed command took effect in a job that has ended. */
  tookEffect?(command: Command, jobStatus: string, tasks: readonly Task[]): boolean;
}
