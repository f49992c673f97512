import type { SharePointScenario } from './sharePointScenario.ts';

export type SourceDecree = SharePointScenario['sources'][number];

/** The first decree of the scenario on a source with these names that a test lets pass. */
export function decreeOn(
  names: readonly string[],
  { sources }: SharePointScenario,
  passes: (decree: SourceDecree) => boolean,
): SourceDecree | undefined {
  return sources.find((decree) => {
    if (!passes(decree)) return false;
    const expression = new RegExp(decree.source, 'i');
    return names.some((name) => expression.test(name));
  });
}
