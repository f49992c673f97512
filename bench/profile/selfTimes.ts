import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { z } from 'zod';

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({
        functionName: z.string(),
        url: z.string(),
        lineNumber: z.int(),
        columnNumber: z.int(),
      }),
    }),
  ),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});
const mapSchema = z.looseObject({
  version: z.number(),
  sources: z.array(z.string()),
  mappings: z.string(),
  names: z.array(z.string()),
  file: z.string().default(''),
  sourcesContent: z.array(z.string().nullable()).transform((all) => all.map((text) => text ?? '')),
  sourceRoot: z.string().default(''),
});

/** How long one place ran by itself, calls to others left out. */
export interface SelfTime {
  readonly place: string;
  readonly selfMs: number;
}

/**
 * Sums up a profile of `node --cpu-prof` by package, by file of the project, or by function. A bundle's places are told by
 * its source map. Idle time is left out.
 */
export function selfTimes(profileFile: string, by: 'package' | 'function'): readonly SelfTime[] {
  const profile = profileSchema.parse(JSON.parse(readFileSync(profileFile, 'utf8')));
  const places = new Map(
    profile.nodes.map(({ id, callFrame }) => [id, listedKeyOf(callFrame, by)]),
  );
  const sums = new Map<string, number>();
  profile.samples.forEach((id, index) => {
    const place = places.get(id) ?? 'unknown';
    if (place !== '(idle)')
      sums.set(place, (sums.get(place) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
  });
  return [...sums]
    .map(([place, selfMs]) => ({ place, selfMs }))
    .sort((a, b) => b.selfMs - a.selfMs);
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

function listedKeyOf(
  { functionName, url, lineNumber, columnNumber }: Frame,
  by: 'package' | 'function',
): string {
  if (url === '') return functionName;
  const source = sourceOf(url, lineNumber, columnNumber);
  const found = /.*(?:node_modules\/|webpack:\/\/)((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1];
  const own = /(?:^|\/)((?:functions|orchestrations|shared|local|bench|test)\/.+)$/.exec(
    source,
  )?.[1];
  const where =
    found ??
    (source.startsWith('node:')
      ? `node:${source.slice(5).split('/').slice(0, 2).join('/')}`
      : (own ?? source));
  return by === 'package'
    ? own !== undefined && found === undefined
      ? own.split('/').slice(0, 3).join('/')
      : where
    : `${functionName === '' ? '(anonymous)' : functionName} ${where}`;
}

const maps = new Map<string, SourceMap | undefined>();

function sourceOf(url: string, line: number, column: number): string {
  if (!url.startsWith('file:') && !url.startsWith('/')) return url;
  const file = url.startsWith('file:') ? new URL(url).pathname : url;
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  const entry = maps.get(file)?.findEntry(line, column);
  return entry !== undefined && 'originalSource' in entry ? entry.originalSource : file;
}

function readMap(file: string): SourceMap | undefined {
  // Only our own bundles: a package's functions are told well enough by the package.
  if (file.includes('/node_modules/') || !/\/(dist|\.local)\//.test(file)) return undefined;
  return existsSync(file)
    ? new SourceMap(mapSchema.parse(JSON.parse(readFileSync(file, 'utf8'))))
    : undefined;
}
