import fs, {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { reserveFile, unsavedFile } from './unsavedWrites.ts';

// Azurite loads this module before its own code. Azurite confirms a write first and saves its tables five seconds later. When
// that save fails, Azurite reports nothing and loses the writes when it ends. This module reserves disk space for the save.
// When the disk is full, it frees the reserve and ends Azurite, which saves everything.
const minReserveBytes = 16 * 1024 * 1024;
const databaseFile = /__azurite_db_\w+\.json~?$/;
const chunk = Buffer.alloc(1024 * 1024);

const dataDir = process.argv[process.argv.indexOf('--location') + 1] ?? '.';
const reservePath = join(dataDir, reserveFile);
const unsavedPath = join(dataDir, unsavedFile);
const databaseBytes = new Map<string, number>();
const unwritten = new Set<string>();
let reserveBytes = 0;
let isEnding = false;

function fillReserve(): void {
  // A save writes a new file for each database before it deletes the old one.
  const neededBytes =
    minReserveBytes + 2 * [...databaseBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (isEnding || reserveBytes >= neededBytes) return;
  const file = openSync(reservePath, 'a');
  try {
    while (reserveBytes < neededBytes) reserveBytes += writeSync(file, chunk);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function end(error: unknown): void {
  if (isEnding) return;
  isEnding = true;
  const reason = error instanceof Error ? error.message : String(error);
  console.error(
    `Azurite ends because its disk is full (${dataDir}: ${reason}). Free disk space and start it again.`,
  );
  if (existsSync(reservePath)) unlinkSync(reservePath);
  // Azurite saves its data at the first SIGTERM. A second one would end it in the middle of the save.
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
}

try {
  for (const name of readdirSync(dataDir))
    if (databaseFile.test(name))
      databaseBytes.set(join(dataDir, name), statSync(join(dataDir, name)).size);
  if (existsSync(reservePath)) reserveBytes = statSync(reservePath).size;
  fillReserve();
  writeFileSync(unsavedPath, `${new Date().toISOString()}\n`);
} catch (error) {
  console.error(
    `Azurite cannot start: its disk has too little free space (${dataDir}: ${error instanceof Error ? error.message : String(error)}). Free disk space and start it again.`,
  );
  if (existsSync(reservePath)) unlinkSync(reservePath);
  process.exit(1);
}

type Done = (error: NodeJS.ErrnoException | null) => void;
const { writeFile, rename } = fs;
const write = (file: string, text: string, done: Done): void => writeFile(file, text, done);

Reflect.set(fs, 'writeFile', (...given: unknown[]) => {
  const [file, text, done] = given;
  if (
    typeof file !== 'string' ||
    typeof text !== 'string' ||
    typeof done !== 'function' ||
    !databaseFile.test(file)
  )
    return Reflect.apply(writeFile, fs, given) as unknown;
  const name = file.replace(/~$/, '');
  unwritten.add(name);
  write(file, text, (error) => {
    if (error === null) {
      databaseBytes.set(name, Buffer.byteLength(text));
      try {
        fillReserve();
      } catch (full) {
        end(full);
      }
      Reflect.apply(done, undefined, [null]);
      return;
    }
    end(error);
    // The freed reserve gives the space for a second try. Azurite itself does not repeat a failed save.
    write(file, text, (again) => Reflect.apply(done, undefined, [again]) as unknown);
  });
  return undefined;
});

Reflect.set(fs, 'rename', (from: string, to: string, done: Done) => {
  rename(from, to, (error) => {
    if (error === null) unwritten.delete(to);
    done(error);
  });
});

process.once('exit', (code) => {
  // After a kill or a failed save the file remains, and the next start prints a warning.
  if (code === 0 && unwritten.size === 0) unlinkSync(unsavedPath);
});
