import type { GraphRefusal } from '../graphAnswer.ts';

/** The forms in which services are known to write an error; `graph` is the documented one. */
export const errorForms = [
  'graph',
  'messageObject',
  'numericCode',
  'otherCase',
  'odata',
  'list',
  'topLevel',
  'text',
] as const;

export type ErrorForm = (typeof errorForms)[number];

/** The body of an error in a form; undefined for the documented one. */
export function formedError(
  form: ErrorForm,
  { status, code, message }: GraphRefusal,
): object | undefined {
  switch (form) {
    case 'graph':
      return undefined;
    case 'messageObject':
      return { error: { code, message: { lang: 'en-US', value: message } } };
    case 'numericCode':
      return { error: { code: status, message, details: [{ code, message }] } };
    case 'otherCase':
      return { Error: { Code: code, Message: message, InnerError: { Date: null } } };
    case 'odata':
      return { 'odata.error': { code, message: { lang: 'en-US', value: message } } };
    case 'list':
      return { errors: [{ code, message }] };
    case 'topLevel':
      return { code, message };
    case 'text':
      return { error: code, error_description: message };
  }
}
