import type { GraphRefusal } from '../graphAnswer.ts';
import type { Scenario } from '../scenario.ts';
import { decreeOn } from './decreeOn.ts';
import type { MappingBook } from './mappingBook.ts';
import { refusals, unprocessable } from './refusals.ts';
import type { TaskBook } from './taskBook.ts';
import type { TaskParameters } from './taskParameters.ts';
import { principalNameOf, type TaskSource } from './taskSource.ts';

/** What a create or validation is checked against. */
export interface SourceCheck {
  readonly parameters: TaskParameters;
  readonly source: TaskSource;
  readonly sourceTenantId: string;
  readonly nowMs: number;
  readonly tasks: TaskBook;
  readonly mappings: MappingBook;
  readonly scenario: Scenario;
}

/** Why a source cannot be moved, as create and validation say it. Writes down that a decree took effect. */
export function findRefusal(check: SourceCheck): GraphRefusal | undefined {
  const { switches } = check.scenario.sharePoint;
  if (switches.sameFarm) return refusals.sameFarm();
  if (switches.noTrust) return refusals.noTrust();
  const decree = effective(check, 'refused');
  if (decree?.refused !== undefined) return refusals[decree.refused]();
  return switches.demandIdentityMap ? identityMapRefusal(check) : undefined;
}

/** What only a validation finds: create would let it pass, and the move fail. Writes down that a decree took effect. */
export function findInvalid(check: SourceCheck): GraphRefusal | undefined {
  const invalid = effective(check, 'invalid')?.invalid;
  return invalid === undefined
    ? undefined
    : unprocessable(invalid.code, invalid.message, invalid.target);
}

function effective(
  { source, sourceTenantId, nowMs, tasks, scenario }: SourceCheck,
  what: 'refused' | 'invalid',
) {
  const times = tasks.timesFoundWrong(sourceTenantId, source.key, what);
  const decree = decreeOn(
    source.names,
    scenario.sharePoint,
    (candidate) => candidate[what] !== undefined && times < (candidate[`${what}Times`] ?? Infinity),
  );
  if (decree !== undefined)
    tasks.add({ kind: 'foundWrong', sourceTenantId, sourceKey: source.key, what, atMs: nowMs });
  return decree;
}

// A group's map entry is found by its object id only, and a task names the group by its mail nickname: groups are let pass.
function identityMapRefusal({
  parameters,
  mappings,
  scenario,
}: SourceCheck): GraphRefusal | undefined {
  if (parameters['@odata.type'] !== '#microsoft.graph.sharePointUserMigrationTaskParameters')
    return undefined;
  const { directory } = scenario.sharePoint;
  const sourceName = principalNameOf(parameters.sourceUserIdentity, directory);
  const mappedTo = sourceName === undefined ? undefined : mappings.targetUser(sourceName);
  if (mappedTo === undefined) return refusals.noIdentityMapEntry();
  const targetName = principalNameOf(parameters.targetUserIdentity, directory);
  return targetName !== undefined && targetName.toLowerCase() !== mappedTo.toLowerCase()
    ? refusals.otherIdentityMapEntry()
    : undefined;
}
