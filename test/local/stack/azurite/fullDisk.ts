import fs, { existsSync } from 'node:fs';

// Azurite loads this module before diskGuard.ts. No save succeeds while the file `full` exists and the reserve is not freed.
const [full, reserve] = [process.env['FULL_DISK'] ?? '', process.env['FULL_DISK_RESERVE'] ?? ''];
const { writeFile } = fs;
Reflect.set(fs, 'writeFile', (...given: unknown[]) => {
  const [file, , done] = given;
  if (
    !String(file).includes('__azurite_db_') ||
    !existsSync(full) ||
    (reserve !== '' && !existsSync(reserve))
  )
    return Reflect.apply(writeFile, fs, given) as unknown;
  if (typeof done === 'function')
    setImmediate(
      () =>
        Reflect.apply(done, undefined, [
          Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
        ]) as unknown,
    );
  return undefined;
});

// Azurite saves every five seconds. A shorter interval makes the tests shorter.
const { setInterval } = globalThis;
Reflect.set(globalThis, 'setInterval', (callback: () => void, ms: number) =>
  setInterval(callback, ms === 5_000 ? 500 : ms),
);
