import type { Rule, Scope, SourceCode } from 'eslint';

// Where a name of the language for types stands although it is written like a value.
const typePositions: ReadonlySet<string> = new Set([
  'TSTypeQuery',
  'TSTypeReference',
  'TSQualifiedName',
  'TSInterfaceHeritage',
  'TSClassImplements',
]);

/** Tells whether a node uses a global as a value: neither a name that the file declares, nor a member, key or type. */
export function globalUses(sourceCode: SourceCode): (node: Rule.Node) => boolean {
  const scope = sourceCode.scopeManager.globalScope;
  const known =
    scope?.variables
      .filter(({ defs }) => defs.length === 0)
      .flatMap(({ references }) => references) ?? [];
  const uses = new Set<unknown>(
    [...known, ...(scope?.through ?? [])].filter(isValue).map(({ identifier }) => identifier),
  );
  return (node) => uses.has(node) && !typePositions.has(node.parent?.type ?? '');
}

function isValue(reference: Scope.Reference): boolean {
  // Only the scopes of the parser for TypeScript know of types.
  return !('isValueReference' in reference) || reference.isValueReference === true;
}
