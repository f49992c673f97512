import { z } from 'zod';

/** Whether rows, logs and spreadsheets can hold a text as it is: whole characters, and no control characters. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** The same for a text of several lines. */
export function isPlainLines(text: string): boolean {
  return isPlainText(text.replaceAll(/[\t\r\n]/g, ' '));
}

/** What a text is told that is neither. */
export const notPlainText = 'may not hold control characters or halves of characters';

// Printable ASCII, which holds every character of a user principal name, and the letters, marks and digits of any script.
const mayHold = /[\x20-\x7e\p{L}\p{M}\p{Nd}]/u;
// Characters that nobody sees.
const isInvisible = /\p{Default_Ignorable_Code_Point}/u;
const isLatin = /\p{Script=Latin}/u;
const isOfNoScript = /\p{Script=Common}|\p{Script=Inherited}/u;

/** Why a text cannot name a person; undefined when it can. A name holds nothing that makes it look like another one. */
function faultOf(name: string): string | undefined {
  for (const character of name) {
    if (!mayHold.test(character) || isInvisible.test(character))
      return `holds ${codePointOf(character)}, which the name of a person may not hold: write it with letters, digits, spaces and the signs of ASCII`;
  }
  for (const [word] of name.matchAll(/[\p{L}\p{M}]+/gu)) {
    const letters = Array.from(word).filter((letter) => !isOfNoScript.test(letter));
    const foreign = letters.find((letter) => !isLatin.test(letter));
    if (foreign !== undefined && letters.some((letter) => isLatin.test(letter)))
      return `mixes Latin letters with ${codePointOf(foreign)}, which can be mistaken for one: write each word in one script`;
  }
  return undefined;
}

function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The name of a person as a caller gives it. */
export const personNameSchema = z
  .string()
  .min(1)
  .max(256)
  .refine(isPlainText, { message: notPlainText, abort: true })
  .superRefine((name, context) => {
    const fault = name.trim() === '' ? 'must name a person' : faultOf(name);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });
