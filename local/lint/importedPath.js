import { dirname, relative, resolve } from 'node:path';

/**
 * The path of an imported file relative to the project; undefined for a package.
 * @param {string} projectDir
 * @param {string} importer absolute
 * @param {unknown} specifier
 */
export function importedPath(projectDir, importer, specifier) {
  if (typeof specifier !== 'string' || !specifier.startsWith('.')) return undefined;
  return relative(projectDir, resolve(dirname(importer), specifier)).replaceAll('\\', '/');
}

/**
 * Calls `visit` with every import and re-export of a file, static or dynamic.
 * @param {(node: import('estree').Node, specifier: unknown, typeOnly: boolean) => void} visit
 * @returns {import('eslint').Rule.RuleListener}
 */
export function onImports(visit) {
  /** @param {any} node */
  const declared = (node) => {
    if (node.source === null || node.source === undefined) return;
    const isType = node.importKind === 'type' || node.exportKind === 'type';
    visit(node, node.source.value, isType);
  };
  return {
    ImportDeclaration: declared,
    ExportNamedDeclaration: declared,
    ExportAllDeclaration: declared,
    /** @param {any} node */
    ImportExpression: (node) => {
      visit(node, node.source.value, false);
    },
  };
}
