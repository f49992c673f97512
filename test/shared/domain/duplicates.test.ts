import { describe, expect, it } from 'vitest';
import { duplicates } from '../../../shared/domain/requestChecks.ts';

describe('duplicates', () => {
  it('names every entry that an earlier one equals, and the first such, and passes over what cannot be read', () => {
    expect([...duplicates('users', 'user', ['a', null, 'b', null, 'a', 'a'])]).toEqual([
      { path: 'users[4]', message: 'is the same user as users[0]; name every user once' },
      { path: 'users[5]', message: 'is the same user as users[0]; name every user once' },
    ]);
  });
});
