import { membersOf, textOf } from './looseText.ts';

/** One error of an answer, in whatever form it was written. */
export interface ErrorNode {
  /** Empty where there is none. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorNode[];
  readonly inner: readonly ErrorNode[];
}

// Errors nest a few levels deep (Graph: error responses); a body that nests for ever must not end the program.
const maxDepth = 12;

/**
 * Reads errors in every form that is published: one or a list, members in any case of their letters, a code that is a number, a
 * message that is an object with its language, or only a text. A member that cannot be read never loses the others.
 */
export function errorNodes(value: unknown, depth = 0): readonly ErrorNode[] {
  if (depth > maxDepth || value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one) => errorNodes(one, depth + 1));
  if (typeof value !== 'object') return [plainError(textOf(value))];
  const members = membersOf(value);
  return [
    {
      code: textOf(members.get('code')),
      message: textOf(members.get('message')),
      details: errorNodes(members.get('details'), depth + 1),
      inner: errorNodes(members.get('innererror'), depth + 1),
    },
  ];
}

/** A text in place of an error: a code when it is one word (OAuth), else a message. */
export function plainError(text: string, message = ''): ErrorNode {
  const isCode = /^[\w.:-]{1,100}$/.test(text);
  return {
    code: isCode ? text : '',
    message: message === '' && !isCode ? text : message,
    details: [],
    inner: [],
  };
}

/** An error and those that it is made of, as code and message; without those that say nothing. */
export function flatErrors(value: unknown): { readonly code: string; readonly message: string }[] {
  return errorNodes(value).flatMap(flat);
}

function flat({
  code,
  message,
  details,
}: ErrorNode): { readonly code: string; readonly message: string }[] {
  return [...(code === '' && message === '' ? [] : [{ code, message }]), ...details.flatMap(flat)];
}
