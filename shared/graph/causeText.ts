import { withoutAddresses } from '../domain/withoutAddresses.ts';

const maxChars = 500;

/**
 * The words of an error and of its causes, for a person who looks for the reason: without whom a call was about (principal names
 * and the paths of addresses) and without tokens.
 */
export function causeText(error: unknown): string {
  const texts: string[] = [];
  for (
    let cause = error, depth = 0;
    cause !== undefined && cause !== null && depth < 4;
    cause = cause instanceof Error ? cause.cause : undefined, depth += 1
  ) {
    const text = masked(
      cause instanceof Error ? wordsOf(cause) : typeof cause === 'string' ? cause : '',
    );
    if (text !== '' && !texts.includes(text)) texts.push(text);
  }
  return texts.join(': ').slice(0, maxChars);
}

function wordsOf(error: Error): string {
  if (error.message !== '') return error.message;
  // A connection that was tried at several addresses has its words in the errors of each.
  return error instanceof AggregateError
    ? error.errors.map((one: unknown) => (one instanceof Error ? one.message : '')).join(', ')
    : error.name;
}

function masked(text: string): string {
  const tokenless = text.replace(/\beyJ[\w-]+(?:\.[\w-]*)*/g, '(token)');
  return withoutAddresses(
    tokenless.replace(/\bhttps?:\/\/[^\s"<>]+/gi, (url) =>
      URL.canParse(url) ? `${new URL(url).origin}/…` : '(address)',
    ),
  );
}
