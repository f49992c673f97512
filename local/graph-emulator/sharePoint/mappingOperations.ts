import { z } from 'zod';
import { GraphError, type GraphResponse } from '../graphResponse.ts';
import { onlyArgument, selected, undocumented } from './urlParts.ts';
import type { MappingStore, MappingChange, MappingKind } from './mappingStore.ts';
import type { SharePointScenario } from './sharePointScenario.ts';
import type { SharePointRequest } from './taskOperations.ts';

const maxItems = 50;
const context = 'https://graph.microsoft.com/beta/$metadata#solutions/sharePoint/migrations';

const delta = z.string().regex(/#\$delta$/);
// Graph's pages write `@context`; OData writes `@odata.context`.
const bodySchema = z.union([
  z.strictObject({ '@context': delta, value: z.array(z.unknown()) }),
  z.strictObject({ '@odata.context': delta, value: z.array(z.unknown()) }),
]);
const removalSchema = z.looseObject({
  '@removed': z.looseObject({ reason: z.literal('deleted') }),
});

/** Executes the operation that a request to one of the two collections of mappings names. Throws a GraphError. */
export async function handleMappings(
  kind: MappingKind,
  request: SharePointRequest,
  mappings: MappingStore,
  { switches }: SharePointScenario,
): Promise<GraphResponse> {
  const { method, path, url } = request;
  if (path === '' || path === '/') {
    if (method === 'PATCH') return patch(kind, await request.body(), mappings);
    throw undocumented(method === 'GET' || method === 'POST' ? switches.undocumentedStatus : 405);
  }
  if (!path.startsWith('(')) throw undocumented(switches.undocumentedStatus);
  if (method !== 'GET')
    throw undocumented(
      method === 'PATCH' || method === 'DELETE' ? switches.undocumentedStatus : 405,
    );
  const key = onlyArgument(path.replace(/\/$/, ''), kind.keyName, {
    unquoted: switches.unquotedLookups,
  });
  const entry = mappings.find(kind, key);
  if (entry === undefined)
    throw new GraphError(404, 'itemNotFound', `There is no identity mapping for ${key}.`);
  return {
    status: 200,
    body: selected(
      { '@odata.context': `${context}/${kind.collection}/$entity`, ...entry },
      url,
      kind.type,
      kind.members,
    ),
  };
}

/** Applies a delta of at most 50 entries and removals, all or nothing (Graph: update identity mapping). */
function patch(kind: MappingKind, body: unknown, mappings: MappingStore): GraphResponse {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success)
    throw invalidRequest('The request body is not a delta of identity mappings.', []);
  const { value } = parsed.data;
  if (value.length > maxItems)
    throw invalidRequest(`A delta takes at most ${String(maxItems)} items.`, [
      { code: 'maxThresholdFailed', target: 'value', message: `${String(value.length)} items` },
    ]);
  const after = new Map<string, MappingChange>();
  const results = value.map((item, index) => {
    const change = changeOf(
      kind,
      item,
      index,
      (key) => after.get(key)?.entry ?? (after.has(key) ? undefined : mappings.find(kind, key)),
    );
    after.set(change.key, { collection: kind.collection, key: change.key, entry: change.entry });
    return change.result;
  });
  mappings.apply([...after.values()]);
  return {
    status: 200,
    body: { '@odata.context': `${context}/${kind.collection}`, value: results },
    effect: `patch ${kind.collection} ${String(value.length)}`,
  };
}

function changeOf(
  kind: MappingKind,
  item: unknown,
  index: number,
  find: (key: string) => Readonly<Record<string, unknown>> | undefined,
) {
  const target = `value.${String(index)}`;
  const isRemoval =
    z.looseObject({ '@removed': z.unknown() }).safeParse(item).success &&
    Object.hasOwn(Object(item) as object, '@removed');
  if (isRemoval && !removalSchema.safeParse(item).success)
    throw invalidRequest('An item can be removed only because it was deleted.', [
      { code: 'invalidProperty', target: `${target}.@removed`, message: 'reason must be deleted' },
    ]);
  const { '@removed': _removed, ...rest } = z
    .looseObject({ '@removed': z.unknown().optional() })
    .catch({})
    .parse(item);
  const { key, entry } = parsedItem(kind, isRemoval ? rest : item, target);
  const known = { '@odata.type': `#microsoft.graph.${kind.type}`, id: kind.idOf(key) };
  if (isRemoval)
    return {
      key,
      entry: null,
      result: {
        ...known,
        deleted: { state: 'deleted' },
        [kind.sourceMember]: entry[kind.sourceMember],
      },
    };
  const merged = { ...find(key), ...entry, ...known };
  if (!Object.hasOwn(merged, kind.targetMember))
    throw invalidRequest('An identity mapping needs a target.', [
      { code: 'missingProperty', target: `${target}.${kind.targetMember}`, message: 'required' },
    ]);
  return { key, entry: merged, result: merged };
}

function parsedItem(
  kind: MappingKind,
  item: unknown,
  target: string,
): ReturnType<MappingKind['parse']> {
  try {
    return kind.parse(item);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw invalidRequest(
      `The item ${target} is not an identity mapping.`,
      error.issues.map(({ path, message }) => ({
        code: 'invalidProperty',
        target: [target, ...path].join('.'),
        message,
      })),
    );
  }
}

function invalidRequest(message: string, details: GraphError['details']): GraphError {
  return new GraphError(400, 'invalidRequest', message, details);
}
