import { describe, expect, it } from 'vitest';
import { duplicates } from '../../../shared/domain/requestChecks.ts';

describe('duplicates', () => {
  it('names every repeated entry and its first occurrence, and skips unreadable entries', () => {
    expect([...duplicates('users', 'user', ['a', null, 'b', null, 'a', 'a'])]).toEqual([
      { path: 'users[4]', message: 'is the same user as users[0]; name every user once' },
      { path: 'users[5]', message: 'is the same user as users[0]; name every user once' },
    ]);
  });
});
