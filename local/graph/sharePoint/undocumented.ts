import { GraphRefusal } from '../graphAnswer.ts';

/** The refusal of a method that no page has for an address. */
export function undocumented(status: 405 | 501): GraphRefusal {
  if (status === 501)
    return new GraphRefusal(501, 'notSupported', 'The operation is not implemented.');
  return new GraphRefusal(
    405,
    'MethodNotAllowed',
    'The HTTP method is not supported for this resource.',
  );
}
