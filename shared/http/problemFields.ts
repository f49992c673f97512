import type { z } from 'zod';
import type { ProblemField } from '../contracts/problem.ts';

type Issue = z.core.$ZodIssue;

/** Every bad field of a refused input, each with the path that the caller wrote: `users[3].targetUserId`. */
export function problemFields(error: z.ZodError): ProblemField[] {
  return error.issues.flatMap((issue) => fieldsOf(issue, []));
}

function fieldsOf(issue: Issue, parent: readonly PropertyKey[]): ProblemField[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathText([...path, key]), message: 'is not a known field; remove it or correct its name' }));
  }
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find((issues) => !issues.some(isWrongKind)) ?? [];
    if (branch.length > 0) return branch.flatMap((inner) => fieldsOf(inner, path));
    const wanted = issue.errors.flatMap((issues) => issues.filter(isWrongKind)).map((inner) => (inner.code === 'invalid_type' ? inner.expected : ''));
    return [{ path: pathText(path), message: `must be one of: ${[...new Set(wanted)].join(', ')}` }];
  }
  return [{ path: pathText(path), message: issue.message }];
}

/** True when the value is not even of the kind that a branch of a union is about. */
function isWrongKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${String(key)}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
