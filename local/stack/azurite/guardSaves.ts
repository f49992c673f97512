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
import { reserveFile, unsavedFile } from './unsaved.ts';

// Loaded by Azurite before its own code. Azurite answers first and saves its tables five seconds later; where that fails it says nothing, goes on, and forgets
// what it has answered when it ends. Here a part of the disk is kept free for that save, and Azurite ends, saved, when it is needed.
const smallestReserveBytes = 16 * 1024 * 1024;
const databaseFile = /__azurite_db_\w+\.json~?$/;
const chunk = Buffer.alloc(1024 * 1024);

const dataDir = process.argv[process.argv.indexOf('--location') + 1] ?? '.';
const reserve = join(dataDir, reserveFile);
const unsaved = join(dataDir, unsavedFile);
const databaseBytes = new Map<string, number>();
const unwritten = new Set<string>();
let reserveBytes = 0;
let isEnding = false;

function keepReserve(): void {
  // A save writes each database beside the one before.
  const wanted =
    smallestReserveBytes + 2 * [...databaseBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (isEnding || reserveBytes >= wanted) return;
  const file = openSync(reserve, 'a');
  try {
    while (reserveBytes < wanted) reserveBytes += writeSync(file, chunk);
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
    `Azurite ends, because its disk is full (${dataDir}: ${reason}). Free some space and start it again.`,
  );
  if (existsSync(reserve)) unlinkSync(reserve);
  // Azurite saves what it holds when it is asked to end. It listens once: asked a second time it would end in the middle of a save.
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
}

try {
  for (const name of readdirSync(dataDir))
    if (databaseFile.test(name))
      databaseBytes.set(join(dataDir, name), statSync(join(dataDir, name)).size);
  if (existsSync(reserve)) reserveBytes = statSync(reserve).size;
  keepReserve();
  writeFileSync(unsaved, `${new Date().toISOString()}\n`);
} catch (error) {
  console.error(
    `Azurite cannot start: its disk has too little space (${dataDir}: ${error instanceof Error ? error.message : String(error)}). Free some and start it again.`,
  );
  if (existsSync(reserve)) unlinkSync(reserve);
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
        keepReserve();
      } catch (full) {
        end(full);
      }
      Reflect.apply(done, undefined, [null]);
      return;
    }
    end(error);
    // With the reserve given back there is room for it. Azurite itself would not try again: it takes for saved what it has once tried to save.
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
  // Killed, or with a database that could not be saved: the next start says so.
  if (code === 0 && unwritten.size === 0) unlinkSync(unsaved);
});
