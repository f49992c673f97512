type Part = { readonly text: string } | { readonly value: unknown };

/** What came out of JSON as JSON again, however deeply it is nested: `JSON.stringify` gives up after some thousand levels. */
export function jsonText(parsed: unknown): string {
  const written: string[] = [];
  const left: Part[] = [{ value: parsed }];
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if ('text' in part) written.push(part.text);
    // What is to be written next lies on top.
    else left.push(...partsOf(part.value).reverse());
  }
  return written.join('');
}

function partsOf(value: unknown): Part[] {
  if (typeof value !== 'object' || value === null) return [{ text: JSON.stringify(value) }];
  const isList = Array.isArray(value);
  const members = Object.entries(value).flatMap(([name, member], index): Part[] => [
    { text: `${index === 0 ? '' : ','}${isList ? '' : `${JSON.stringify(name)}:`}` },
    { value: member },
  ]);
  return [{ text: isList ? '[' : '{' }, ...members, { text: isList ? ']' : '}' }];
}
