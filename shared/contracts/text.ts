import { z } from 'zod';

/**
 * Returns whether a text is well formed and has no control characters, so that rows, logs and
 * spreadsheets can hold it.
 */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Returns whether a text with several lines is plain text. */
export function isPlainLines(text: string): boolean {
  return isPlainText(text.replaceAll(/[\t\r\n]/g, ' '));
}

/** The message for a text that is not plain. */
export const notPlainText = 'must not contain control characters or unpaired surrogates';

// Printable ASCII, which includes every character of a user principal name, and letters, marks and
// digits of any script.
const isAllowed = /[\x20-\x7e\p{L}\p{M}\p{Nd}]/u;
const isInvisible = /\p{Default_Ignorable_Code_Point}/u;
const isLatin = /\p{Script=Latin}/u;
const isOfNoScript = /\p{Script=Common}|\p{Script=Inherited}/u;

/**
 * Returns why a text cannot name a person, or undefined. Characters that make a name appear to be
 * another one are rejected.
 */
function faultOf(name: string): string | undefined {
  for (const character of name) {
    if (!isAllowed.test(character) || isInvisible.test(character))
      return `contains ${codePointOf(character)}, which is not allowed in the name of a person: use letters, digits, spaces and ASCII punctuation`;
  }
  for (const [word] of name.matchAll(/[\p{L}\p{M}]+/gu)) {
    const letters = Array.from(word).filter((letter) => !isOfNoScript.test(letter));
    const foreign = letters.find((letter) => !isLatin.test(letter));
    if (foreign !== undefined && letters.some((letter) => isLatin.test(letter)))
      return `mixes Latin letters with ${codePointOf(foreign)}, which can look like one: write each word in one script`;
  }
  return undefined;
}

function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A person's name, as a caller gives it. */
export const personNameSchema = z
  .string()
  .min(1)
  .max(256)
  .refine(isPlainText, { message: notPlainText, abort: true })
  .superRefine((name, context) => {
    const fault = name.trim() === '' ? 'must name a person' : faultOf(name);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });
