import { expect, it } from 'vitest';
import { isSamePerson } from '../../../shared/domain/samePerson.ts';

const lee = { by: 'lee@fabrikam.com', byId: null };

it('goes by identity where both were signed in, whatever they are called', () => {
  expect(
    isSamePerson(
      { by: 'lee@fabrikam.com', byId: 't/1' },
      { byId: 't/2', names: ['lee@fabrikam.com'] },
    ),
  ).toBe(false);
  expect(
    isSamePerson(
      { by: 'lee@fabrikam.com', byId: 't/1' },
      { byId: 't/1', names: ['kim@fabrikam.com'] },
    ),
  ).toBe(true);
});

it.each([
  'LEE@FABRIKAM.COM',
  'lee',
  'lee.@fabrikam.com',
  'lee@fabrikam.com.',
  'l\u0435e@fabrikam.com',
  'le\u0332e@fabrikam.com',
  'lee\u2800@fabrikam.com',
  '\uff4cee@fabrikam.com',
])('takes %s for the same name', (name) => {
  expect(isSamePerson(lee, { byId: null, names: [name] })).toBe(true);
  expect(isSamePerson(lee, { byId: 't/1', names: ['kim@fabrikam.com', name] })).toBe(true);
});

it.each(['lea@fabrikam.com', 'lee@contoso.com', 'l.ee@fabrikam.com', 'fabrikam.com', ''])(
  'takes %s for another one',
  (name) => {
    expect(isSamePerson(lee, { byId: null, names: [name] })).toBe(false);
    expect(isSamePerson({ by: null, byId: null }, { byId: null, names: [name] })).toBe(false);
  },
);
