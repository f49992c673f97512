import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RestError } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import type { StorageConnection } from '../../shared/config/config.ts';
import { auditAnchorSchema, chainPositionSchema } from '../../shared/contracts/audit.ts';
import { parseJson } from '../../shared/contracts/text.ts';
import { openStorage, storageNames } from '../../shared/storage/azureStores.ts';
import { type AnchorBlob, anchorBlobs } from '../../shared/storage/blobs.ts';
import type { KnownPlace } from './trailBreak.ts';

/** What is known of the chains from outside of the table of events. */
export interface Anchors {
  /** Where they were read. */
  readonly origin: string;
  /** Whether these are all that there are: then a place in a migration's row must have its anchor. */
  readonly isComplete: boolean;
  /** By chain: a migration's id, or `rejections`. */
  readonly byChain: ReadonlyMap<string, readonly KnownPlace[]>;
  /** Lines that are no anchors, which the app never writes. */
  readonly faults: readonly string[];
}

/** Of an outcome message, all that matters here. */
const outcomeMessageSchema = z.looseObject({
  specversion: z.string(),
  subject: z.string(),
  time: z.string(),
  auditsequence: chainPositionSchema.shape.sequence,
  audithash: chainPositionSchema.shape.hash,
});

/** Reads all anchors from the container of the app's account. Throws an Error that names the container when it cannot be read. */
export async function anchorsInStorage(connection: StorageConnection): Promise<Anchors> {
  const container = openStorage(connection).blobs.getContainerClient(
    storageNames.containers.anchors,
  );
  const origin = `the container ${container.url.replace(/\?.*$/, '')}`;
  try {
    return { origin, isComplete: true, ...parseAnchors(await anchorBlobs(container).list()) };
  } catch (error) {
    const isMissing = error instanceof RestError && error.code === 'ContainerNotFound';
    const reason = isMissing
      ? "it does not exist: the storage settings name another account than the app's, or the container was deleted"
      : error instanceof Error
        ? error.message
        : String(error);
    throw new Error(`the anchors cannot be read from ${origin}: ${reason}`, { cause: error });
  }
}

/** Reads anchors from files, and from all files in folders: downloaded blobs of the container, or outcome messages as JSON, one a line or in an array. */
export function anchorsInFiles(paths: readonly string[]): Anchors {
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path)
          .sort()
          .map((name) => join(path, name))
          .filter((file) => statSync(file).isFile())
      : [path],
  );
  return {
    origin: paths.join(', '),
    isComplete: false,
    ...parseAnchors(files.map((name) => ({ name, text: readFileSync(name, 'utf8') }))),
  };
}

/** Parses blobs of anchors. The same anchor may be there many times. */
export function parseAnchors(blobs: readonly AnchorBlob[]): Pick<Anchors, 'byChain' | 'faults'> {
  const byChain = new Map<string, KnownPlace[]>();
  const faults: string[] = [];
  for (const { name, text } of blobs) {
    for (const { value, at } of recordsOf(text)) {
      const anchor = auditAnchorSchema.safeParse(value);
      const message = outcomeMessageSchema.safeParse(value);
      if (anchor.success) {
        const { migrationId, sequence, hash, at: anchoredAt } = anchor.data;
        add(byChain, migrationId, {
          sequence,
          hash,
          source: `the anchor of ${anchoredAt} in ${name}`,
        });
      } else if (message.success) {
        const { subject, time, auditsequence: sequence, audithash: hash } = message.data;
        add(byChain, subject.split('/')[0] ?? '', {
          sequence,
          hash,
          source: `the outcome message of ${time} in ${name}`,
        });
      } else {
        faults.push(`${name}, ${at}: is no anchor and no outcome message`);
      }
    }
  }
  return { byChain, faults };
}

/** The records of a file: of one JSON document, or of a document a line. */
function recordsOf(text: string): { readonly value: unknown; readonly at: string }[] {
  const whole = parseJson(text);
  if (whole !== undefined)
    return (Array.isArray(whole) ? whole : [whole]).map((value: unknown, index) => ({
      value,
      at: `record ${String(index + 1)}`,
    }));
  return text
    .split('\n')
    .flatMap((line, index) =>
      line.trim() === '' ? [] : [{ value: parseJson(line), at: `line ${String(index + 1)}` }],
    );
}

function add(byChain: Map<string, KnownPlace[]>, chain: string, place: KnownPlace): void {
  const places = byChain.get(chain);
  if (places === undefined) byChain.set(chain, [place]);
  else places.push(place);
}
