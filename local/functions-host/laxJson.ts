/**
 * Parses JSON in the notation of Json.NET, with which the real host reads settings and message
 * bodies: comments, trailing commas, names without quotation marks, texts in single ones.
 * Hexadecimal numbers are not supported.
 * @throws SyntaxError
 */
export function parseLaxJson(text: string): unknown {
  const trimmed = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(trimmed);
  } catch {
    return JSON.parse(withoutTrailingCommas(strict(trimmed)));
  }
}

/** Removes comments, and writes names and texts with double quotation marks. */
function strict(text: string): string {
  return text.replaceAll(
    /"(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.)*)'|(\/\*[\s\S]*?\*\/|\/\/[^\r\n]*)|([A-Za-z_$][\w$]*)(?=\s*:)/g,
    (
      whole,
      single: string | undefined,
      comment: string | undefined,
      name: string | undefined,
    ): string => {
      if (single !== undefined) return JSON.stringify(single.replaceAll(/\\(['"\\])/g, '$1'));
      // The line breaks stay, so that an error names the right line.
      if (comment !== undefined) return comment.replaceAll(/[^\r\n]/g, ' ');
      return name === undefined ? whole : JSON.stringify(name);
    },
  );
}

function withoutTrailingCommas(text: string): string {
  return text.replaceAll(
    /"(?:[^"\\]|\\.)*"|,(\s*[}\]])/g,
    (whole, end: string | undefined) => end ?? whole,
  );
}
