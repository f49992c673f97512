import { expect, it } from 'vitest';
import { withMessageMembers } from '../../invocation/messageMembers.ts';

const own = { Id: { string: 'real' }, DequeueCount: { json: '1' } };

// Observed on the real host. Cases marked "read" are taken from its source.
it.each<[string, string, object]>([
  [
    'members with the names of metadata',
    '{"id":"mine","dequeueCount":99}',
    { Id: { string: 'mine' }, DequeueCount: { string: '99' } },
  ],
  ['flags', '{"a":true,"b":false}', { ...own, a: { string: 'True' }, b: { string: 'False' } }],
  ['instants', '{"at":"2026-01-01T00:00:00Z"}', { ...own, at: { string: '01/01/2026 00:00:00' } }],
  ['names without quotation marks', '{a:1}', { ...own, a: { string: '1' } }],
  ['single quotation marks', "{'a':'it'}", { ...own, a: { string: 'it' } }],
  ['a trailing comma and comments (read)', '{"a":1, /* , */ } // b', own],
  [
    'a trailing comma and comments within (read)',
    '{"a":"//,}", /* b */ }',
    { ...own, a: { string: '//,}' } },
  ],
  ['objects (read)', '{"a":{"b":1}}', { ...own, a: { json: '{"b":1}' } }],
  ['lists and null, which are omitted (read)', '{"a":[1],"b":null}', own],
  ['no object (read)', '[1]', own],
  ['no JSON (read)', '{a', own],
  ['more than 64 levels (read)', `{"id":${'['.repeat(70)}${']'.repeat(70)}}`, own],
])('%s', (_, text, metadata) => {
  expect(withMessageMembers(own, text)).toEqual(metadata);
});
