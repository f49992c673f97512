import { dirname, relative, resolve } from 'node:path';
import type { Rule } from 'eslint';
import { z } from 'zod';

/** The path of an imported file relative to the project, with slashes; undefined for a package. */
export function importedPath(
  projectDir: string,
  importer: string,
  specifier: unknown,
): string | undefined {
  if (typeof specifier !== 'string' || !specifier.startsWith('.')) return undefined;
  return relative(projectDir, resolve(dirname(importer), specifier)).replaceAll('\\', '/');
}

// The parser for TypeScript marks imports and re-exports of types alone; ESLint's own types do not know of that.
const importSchema = z.looseObject({
  source: z.looseObject({ value: z.unknown().optional() }).nullish(),
  importKind: z.string().optional(),
  exportKind: z.string().optional(),
});

/** Calls `visit` with every import and re-export of a file: static, dynamic, or written as a type (`import('…').A`). */
export function onImports(
  visit: (node: Rule.Node, specifier: unknown, typeOnly: boolean) => void,
): Rule.RuleListener {
  const visitNode = (node: Rule.Node): void => {
    const { source, importKind, exportKind } = importSchema.parse(node);
    if (source === undefined || source === null) return;
    visit(
      node,
      source.value,
      importKind === 'type' || exportKind === 'type' || node.type.startsWith('TS'),
    );
  };
  const declarations = {
    ImportDeclaration: visitNode,
    ExportNamedDeclaration: visitNode,
    ExportAllDeclaration: visitNode,
  };
  return { ...declarations, ImportExpression: visitNode, TSImportType: visitNode };
}
