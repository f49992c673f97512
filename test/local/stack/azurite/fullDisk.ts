import fs, { existsSync } from 'node:fs';

// Loaded by Azurite before the guard of its saves: as long as a file `full` lies in its folder, and the reserve has not been given back, nothing can be saved.
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
