/** Somebody as a row names them: `byId` is who they are where they were authenticated, `by` what they are called. */
export interface NamedPerson {
  readonly by: string | null;
  readonly byId: string | null;
}

/** Somebody who asks for something now: `names` are all the names that their sign-in gives, or the one that they give themselves. */
export interface Asker {
  readonly byId: string | null;
  readonly names: readonly string[];
}

/** Letters of other scripts that look like a Latin one, after lower-casing. */
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

/** What is left of a name when everything is taken away that a reader may overlook: case, width, accents, spaces, invisible characters, dots at the ends. */
export function nameSkeleton(name: string): string {
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
 * Whether somebody who asks now is the person of a row. Where both were authenticated their identities decide. Else the names do: a name is the same
 * when a reader could take it for the same, and a name without a domain is the same as one that has a domain behind it.
 */
export function isSamePerson({ by, byId }: NamedPerson, asker: Asker): boolean {
  if (byId !== null && asker.byId !== null) return byId === asker.byId;
  if (by === null) return false;
  const known = nameSkeleton(by);
  return asker.names
    .map(nameSkeleton)
    .some(
      (name) =>
        name === known ||
        (name.includes('@') !== known.includes('@') && name.split('@')[0] === known.split('@')[0]),
    );
}
