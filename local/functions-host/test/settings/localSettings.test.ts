import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { applyLocalSettings, readLocalSettings } from '../../settings/localSettings.ts';
import { temporaryDir } from '../spawnHost.ts';

const dir = temporaryDir();
const file = join(dir.path, 'local.settings.json');
afterAll(() => {
  dir.remove();
});

describe('local.settings.json', () => {
  it('need not be there', () => {
    rmSync(file, { force: true });
    expect(readLocalSettings(dir.path)).toEqual({ values: {} });
  });

  it('gives values as texts, and the port', () => {
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
    });
  });

  it('leaves alone what the environment has already', () => {
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
