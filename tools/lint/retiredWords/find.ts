import ts from 'typescript';
import {
  determiners,
  exceptions,
  pluralDeterminers,
  type RetiredWord,
  retiredWords,
  verbMarkers,
} from './words.ts';

/** A retired word in a file. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  /** The word as it stands in the table: its first form. */
  readonly word: string;
  /** The name or the words in which it was found. */
  readonly found: string;
  readonly advice: string;
}

/** A stretch of a file that is searched: the name of something, or prose. */
interface Text {
  readonly kind: 'name' | 'prose';
  readonly text: string;
  readonly offset: number;
}

interface Word {
  readonly word: string;
  /** True in a name, also in one that is mentioned in prose. */
  readonly isName: boolean;
  /** The name or word in full. */
  readonly whole: string;
  readonly offset: number;
  /** True when a sentence ends before it. */
  readonly startsSentence: boolean;
}

const longestGap = 2;

/**
 * Finds the retired words of a TypeScript file: in names where they are declared, in strings,
 * comments and templates, and in the path. Names are split at camelCase. The use of a name is not
 * searched, so the members of libraries are free.
 */
export function findRetiredWords(file: string, source: string): readonly Finding[] {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const path: Text = { kind: 'name', text: file.replace(/\.ts$/, ''), offset: 0 };
  return [path, ...textsOf(parsed)].flatMap((text) =>
    findIn(text).map(({ offset, ...finding }) => ({
      file,
      line: text === path ? 1 : parsed.getLineAndCharacterOfPosition(offset).line + 1,
      ...finding,
    })),
  );
}

function textsOf(parsed: ts.SourceFile): readonly Text[] {
  const texts: Text[] = [];
  const comments = new Map<number, number>();
  const source = parsed.text;
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(parsed);
    if (children.length === 0) {
      const ranges = [
        ...(ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []),
        ...(ts.getTrailingCommentRanges(source, node.getEnd()) ?? []),
      ];
      for (const { pos, end } of ranges) comments.set(pos, end);
      const kind = kindOf(node);
      if (kind !== undefined)
        texts.push({ kind, text: node.getText(parsed), offset: node.getStart(parsed) });
    }
    // The comment of a function is a child of it, and is found before its first token already.
    for (const child of children) if (!ts.isJSDoc(child)) visit(child);
  };
  visit(parsed);
  return [...texts, ...joined(source, comments)].sort((a, b) => a.offset - b.offset);
}

/** The comments of a file, by start and end. Lines of `//` that follow each other are one text. */
function joined(source: string, comments: ReadonlyMap<number, number>): readonly Text[] {
  const ranges: { pos: number; end: number }[] = [];
  for (const [pos, end] of [...comments].sort(([a], [b]) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && /^(\s*\/\/.*\n)+\s*$/.test(source.slice(last.pos, pos)))
      last.end = end;
    else ranges.push({ pos, end });
  }
  return ranges.map(({ pos, end }) => ({
    kind: 'prose',
    text: source.slice(pos, end),
    offset: pos,
  }));
}

function kindOf(node: ts.Node): Text['kind'] | undefined {
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node))
    return isDeclared(node) ? 'name' : undefined;
  if (ts.isStringLiteral(node) && isModuleName(node)) return undefined;
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return /\s/.test(node.text) ? 'prose' : 'name';
  return ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)
    ? 'prose'
    : undefined;
}

/** True where a name is declared: a variable, function, type, member or alias. */
function isDeclared(node: ts.Identifier | ts.PrivateIdentifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isShorthandPropertyAssignment(parent))
    return false;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent))
    return parent.propertyName !== undefined && parent.name === node;
  return 'name' in parent && parent.name === node;
}

function isModuleName({ parent }: ts.StringLiteral): boolean {
  return (
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    (ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent))
  );
}

function findIn(text: Text): readonly (Omit<Finding, 'file' | 'line'> & { offset: number })[] {
  const words = wordsOf(text);
  return words.flatMap((first, at) =>
    retiredWords.flatMap((retired) => {
      const last = endOfMatch(retired, words, at);
      if (last === undefined || isExcepted(words, at, last)) return [];
      const found = [...new Set(words.slice(at, last + 1).map(({ whole }) => whole))].join(' ');
      const { advice, forms } = retired;
      return [{ word: forms[0] ?? '', found, advice, offset: first.offset }];
    }),
  );
}

/** Splits a text into words, and the names in it at camelCase and underscores. */
function wordsOf({ kind, text, offset }: Text): readonly Word[] {
  let end = 0;
  return [...text.matchAll(/[\p{L}\p{N}_]+/gu)].flatMap((run) => {
    const parts = [...run[0].matchAll(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}]+|\p{N}+/gu)];
    const startsSentence = /[.;:!?]\s|\n\s*\*?\s*\n/.test(text.slice(end, run.index));
    end = run.index + run[0].length;
    return parts.map((part, n) => ({
      word: part[0].toLowerCase(),
      isName: kind === 'name' || parts.length > 1,
      whole: run[0],
      offset: offset + run.index + part.index,
      startsSentence: startsSentence && n === 0,
    }));
  });
}

/** The index of the last word of a match that begins at `at`; undefined when none does. */
function endOfMatch(
  { forms, scope }: RetiredWord,
  words: readonly Word[],
  at: number,
): number | undefined {
  const first = words[at];
  if (first === undefined) return undefined;
  for (const form of forms) {
    const [start, particle] = form.split(' … ');
    if (first.word !== start) continue;
    if (particle !== undefined) return endOfPhrase(words, at, particle);
    const isFound =
      scope === 'everywhere' || first.isName || (scope === 'noun' && isNoun(words, at));
    if (isFound) return at;
  }
  return undefined;
}

function endOfPhrase(words: readonly Word[], at: number, particle: string): number | undefined {
  for (let end = at + 1; end <= at + 1 + longestGap; end += 1) {
    const word = words[end];
    if (word === undefined || word.startsSentence) return undefined;
    if (word.word === particle) return end;
  }
  return undefined;
}

/** True after a determiner; the base form may have an adjective before it ("a slow answer"). */
function isNoun(words: readonly Word[], at: number): boolean {
  const word = words[at];
  const [before, previous] = [words[at - 2], words[at - 1]];
  if (word === undefined || previous === undefined || word.startsSentence) return false;
  if (word.word.endsWith('s') && word.word !== 'pass') return pluralDeterminers.has(previous.word);
  if (determiners.has(previous.word)) return true;
  if (before === undefined || previous.startsSentence || verbMarkers.has(previous.word))
    return false;
  return determiners.has(before.word);
}

/** True when the words from `at` to `last` overlap with a use that stays. */
function isExcepted(words: readonly Word[], at: number, last: number): boolean {
  return exceptions.some(({ use }) => {
    if (use instanceof RegExp) return use.test(words[at]?.whole ?? '');
    const excepted = use.split(' ');
    return words.some(
      (_, start) =>
        start <= last &&
        start + excepted.length > at &&
        excepted.every((word, n) => words[start + n]?.word === word),
    );
  });
}
