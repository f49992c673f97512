import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { applyLocalSettings, readLocalSettings } from '../../settings/localSettings.ts';
import { sharedDir } from '../temporaryDir.ts';

const dir = sharedDir();
const file = join(dir.path, 'local.settings.json');
afterAll(() => {
  dir.remove();
});

describe('local.settings.json', () => {
  it('is optional', () => {
    rmSync(file, { force: true });
    expect(readLocalSettings(dir.path)).toEqual({ values: {} });
  });

  it('returns values as texts, and the port', () => {
    writeFileSync(
      file,
      JSON.stringify({
        IsEncrypted: false,
        Values: { A: 'a', N: 5, B: true },
        Host: { LocalHttpPort: 7100, CORS: '*' },
      }),
    );
    expect(readLocalSettings(dir.path)).toEqual({
      values: { A: 'a', N: '5', B: 'true' },
      port: 7100,
      cors: '*',
      corsCredentials: false,
    });
  });

  it('may have comments, trailing commas and a port as text', () => {
    writeFileSync(
      file,
      '{ // settings\n "Values": { "A": "http://a", }, /* 1 */ "Host": { "LocalHttpPort": "7100", } }',
    );
    expect(readLocalSettings(dir.path)).toEqual({ values: { A: 'http://a' }, port: 7100 });
  });

  it('does not override variables that are already set', () => {
    const environment = { A: 'mine' };
    applyLocalSettings({ values: { A: 'theirs', B: 'b' } }, environment);
    expect(environment).toEqual({ A: 'mine', B: 'b' });
  });

  it.each<[unknown, RegExp]>([
    ['{', /is not JSON/],
    [{ IsEncrypted: true }, /is encrypted/],
    [{ Values: { A: { nested: 1 } } }, /Values\.A/],
  ])('refuses %j', (json, message) => {
    writeFileSync(file, typeof json === 'string' ? json : JSON.stringify(json));
    expect(() => readLocalSettings(dir.path)).toThrow(message);
  });
});
