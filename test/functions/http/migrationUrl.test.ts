import { describe, expect, it } from 'vitest';
import { migrationUrl } from '../../../functions/http/route.ts';

describe('the address of a migration', () => {
  it.each([
    '/migrations',
    '/migrations/',
    '/migrations/other/retry',
    '/Migrations/other/tasks/1/cancel',
    '/rejections/r-1/replay',
  ])('is the same from %s', (path) => {
    expect(migrationUrl(`https://ferry.example/api${path}?code=secret`, 'wave07-1')).toBe(
      'https://ferry.example/api/migrations/wave07-1',
    );
  });
});
