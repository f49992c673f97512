import type { z } from 'zod';
import type { ProblemField } from '../contracts/problem.ts';
import { shownKey } from './shownKey.ts';

type Issue = z.core.$ZodIssue;

const maxFields = 1_000;

/** Every bad field of a refused input, up to a thousand, each with the path that the caller wrote: `users[3].targetUserId`. */
export function problemFields(error: z.ZodError): ProblemField[] {
  return boundedFields(error.issues.flatMap((issue) => fieldsOf(issue, [])));
}

/** At most a thousand bad fields, and how many there are besides: an answer must not be larger than what it answers. */
export function boundedFields(fields: readonly ProblemField[]): ProblemField[] {
  if (fields.length <= maxFields) return [...fields];
  return [
    ...fields.slice(0, maxFields),
    {
      path: '',
      message: `and ${String(fields.length - maxFields)} more bad fields; correct these first`,
    },
  ];
}

function fieldsOf(issue: Issue, parent: readonly PropertyKey[]): ProblemField[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      message: 'is not a known field; remove it or correct its name',
    }));
  }
  // A union that is told apart by one of its members says by itself what is wrong with that.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = issue.errors.find((issues) => !issues.some(isWrongKind)) ?? [];
    if (branch.length > 0) return branch.flatMap((inner) => fieldsOf(inner, path));
    const wanted = issue.errors
      .flatMap((issues) => issues.filter(isWrongKind))
      .map((inner) => (inner.code === 'invalid_type' ? inner.expected : ''));
    return [
      { path: pathText(path), message: `must be one of: ${[...new Set(wanted)].join(', ')}` },
    ];
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
    const name = shownKey(String(key));
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
