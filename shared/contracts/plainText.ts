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
