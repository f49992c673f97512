import fc from 'fast-check';
import { hostileAddress, hostileSecret } from './answerFault.ts';

/** Names that objects have of their own, and others that do not belong. */
const hostileNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '$where',
  '',
  ' ',
  '\u0000',
  '\ud800',
  'a.b[0]',
  hostileAddress,
  'x'.repeat(5_000),
] as const;

const texts = [
  '',
  '\u0000',
  '\ud800',
  'a\udfffb',
  '\ufeff',
  '\u202e',
  '\r\n',
  'İ',
  '𝒳',
  '../..',
  '..\\..',
  '%2e%2e%2f',
  "'",
  "' or '1' eq '1",
  '"',
  '\\',
  '/',
  '#',
  '?',
  '%',
  '%00',
  '%zz',
  ';',
  '{{7*7}}',
  '${7*7}',
  '<script>',
  '=1+1',
  '{',
  '[',
  '-0',
  'NaN',
  'Infinity',
  'x'.repeat(3_000),
  hostileAddress,
  hostileSecret,
] as const;

/** Texts that are made to break something, and any other. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...texts),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 20 }),
  fc.tuple(fc.constantFrom(...texts), fc.constantFrom(...texts)).map((pair) => pair.join('')),
);

/** Names of members. A name that is no address is shown to whoever sent it, so no secret is among them. */
export const hostileName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileNames),
  hostileText.filter((text) => !text.includes(hostileSecret)),
);

const scalars = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1e400',
  '-1e400',
  '1e-400',
  '123456789012345678901234567890',
  '0.1',
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
];

interface Json {
  readonly value: string;
  readonly list: string;
  readonly object: string;
}

const json = fc.letrec((tie: fc.LetrecTypedTie<Json>) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    fc.constantFrom(...scalars),
    hostileText.map((text) => JSON.stringify(text)),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
  // The same member may come twice, which only text can say.
  object: fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom('kind', 'name', 'users', 'tasks', 'by', 'requestBlob'),
          hostileName,
        ),
        tie('value'),
      ),
      { maxLength: 5 },
    )
    .map(
      (members) =>
        `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`,
    ),
}));

/** Texts of JSON of any shape, with duplicate members and those of prototypes. */
export const hostileJson: fc.Arbitrary<string> = json.value;

const nested = fc
  .tuple(
    fc.integer({ min: 1, max: 3_000 }),
    fc.constantFrom<readonly [string, string]>(['[', ']'], ['{"a":', '}'], ['{"users":[', ']}']),
  )
  .map(([depth, [open, close]]) => `${open.repeat(depth)}0${close.repeat(depth)}`);

/** Every place in a value of JSON, the whole included. */
export function placesIn(value: unknown, place: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [
    place,
    ...Object.entries(value).flatMap(([name, member]) => placesIn(member, [...place, name])),
  ];
}

/** The text of `value` with what stands at `place` replaced by a text of JSON. */
export function replacedAt(value: unknown, place: readonly string[], text: string): string {
  const [name, ...rest] = place;
  if (name === undefined) return text;
  if (Array.isArray(value))
    return `[${value.map((item: unknown, index) => (String(index) === name ? replacedAt(item, rest, text) : JSON.stringify(item))).join(',')}]`;
  const members = Object.entries(value as object) as [string, unknown][];
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${key === name ? replacedAt(member, rest, text) : JSON.stringify(member)}`).join(',')}}`;
}

/** One thing of a right request is changed, doubled, added or broken off. */
export function changed(right: object): fc.Arbitrary<string> {
  const whole = JSON.stringify(right);
  const replaced = fc
    .tuple(fc.constantFrom(...placesIn(right)), hostileJson)
    .map(([place, text]) => replacedAt(right, place, text));
  const added = fc
    .tuple(hostileName, hostileJson)
    .map(([name, text]) => `${whole.slice(0, -1)},${JSON.stringify(name)}:${text}}`);
  const doubled = fc
    .tuple(fc.constantFrom(...Object.keys(right)), hostileJson)
    .map(([name, text]) => `${whole.slice(0, -1)},${JSON.stringify(name)}:${text}}`);
  const cut = fc.integer({ min: 0, max: whole.length }).map((end) => whole.slice(0, end));
  return fc.oneof(
    replaced,
    added,
    doubled,
    cut,
    fc.constant(`\ufeff${whole}`),
    fc.constant(` ${whole}\n`),
  );
}

/** Bodies of any kind: bytes that are no text, texts that are no JSON, JSON that is no request. */
export const hostileBody: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  hostileJson,
  nested,
  hostileText,
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(
    Buffer.from('{"by":"x"}', 'utf16le'),
    Buffer.from([0xef, 0xbb, 0xbf]),
    Buffer.from([0xc0, 0x80]),
    Buffer.from('"\xff"', 'latin1'),
  ),
);
