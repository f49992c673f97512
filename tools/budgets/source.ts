import ts from 'typescript';

/** Returns the number of lines of a text. The line break at its end begins no further line. */
export function lineCount(text: string): number {
  return text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
}

const urls = /https?:\/\/[^\s'"`)>]+/g;

/**
 * Returns the numbers of the lines that are longer than `columns`, without the strings, templates,
 * regular expressions and URLs in them: a formatter cannot break those.
 */
export function longLines(source: string, columns: number): readonly number[] {
  return withoutLiterals(source)
    .split('\n')
    .flatMap((line, n) => (line.replaceAll(urls, '').length > columns ? [n + 1] : []));
}

/** Returns the text with every literal emptied. The line breaks in templates stay. */
function withoutLiterals(source: string): string {
  const parsed = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const parts: string[] = [];
  let end = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralExpression(node) || ts.isTemplateExpression(node)) {
      const start = node.getStart(parsed);
      parts.push(source.slice(end, start), source.slice(start, node.end).replaceAll(/[^\n]/g, ''));
      end = node.end;
    } else {
      ts.forEachChild(node, visit);
    }
  };
  visit(parsed);
  return [...parts, source.slice(end)].join('');
}

/**
 * Returns the number of words of a Markdown text. Code blocks and the addresses of links do not
 * count.
 */
export function wordCount(markdown: string): number {
  const prose = markdown
    .replaceAll(/^```[^\n]*\n[\s\S]*?^```$/gm, '')
    .replaceAll(/\]\([^)]*\)/g, ']');
  return prose.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
