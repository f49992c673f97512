/**
 * A person as a row names them: `byId` is their identity if they were authenticated, `by` their
 * name.
 */
export interface RecordedPerson {
  readonly by: string | null;
  readonly byId: string | null;
}

/**
 * The person who sends a request: `names` are the names in their sign-in, or the name that they
 * give.
 */
export interface Caller {
  readonly byId: string | null;
  readonly names: readonly string[];
}

/** Letters of other scripts that resemble a Latin letter, in lower case. */
const homoglyphs: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['a', 'аα'],
    ['b', 'ьв'],
    ['c', 'сϲ'],
    ['d', 'ԁ'],
    ['e', 'еε'],
    ['g', 'ɡ'],
    ['h', 'һн'],
    ['i', 'іιı'],
    ['j', 'јϳ'],
    ['k', 'кκ'],
    ['l', 'ӏ'],
    ['m', 'м'],
    ['n', 'ոη'],
    ['o', 'оοօ'],
    ['p', 'рρ'],
    ['q', 'ԛ'],
    ['s', 'ѕ'],
    ['t', 'тτ'],
    ['u', 'υս'],
    ['v', 'ѵν'],
    ['w', 'ԝω'],
    ['x', 'хχ'],
    ['y', 'уγү'],
    ['z', 'ζ'],
  ].flatMap(([latin = '', others = '']) => Array.from(others).map((other) => [other, latin])),
);

/**
 * Removes the differences that a reader may overlook from a name: case, width, accents, spaces,
 * invisible characters, and dots at its ends.
 */
function nameSkeleton(name: string): string {
  const plain = name
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{C}\p{Default_Ignorable_Code_Point}\s\u2800]/gu, '');
  return Array.from(plain)
    .map((letter) => homoglyphs[letter] ?? letter)
    .join('')
    .replaceAll(/^\.+|\.+$|\.+(?=@)/g, '');
}

/**
 * Returns whether a caller is the person that a row names. If both were authenticated, their
 * identities decide. Otherwise the names do: two names are the same if a reader could confuse them,
 * or if they differ only in that one has a domain.
 */
export function isSamePerson({ by, byId }: RecordedPerson, caller: Caller): boolean {
  if (byId !== null && caller.byId !== null) return byId === caller.byId;
  if (by === null) return false;
  const known = nameSkeleton(by);
  return caller.names
    .map(nameSkeleton)
    .some(
      (name) =>
        name === known ||
        (name.includes('@') !== known.includes('@') && name.split('@')[0] === known.split('@')[0]),
    );
}
