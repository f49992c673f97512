import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allFaultKinds, faultKinds } from '../../faults/faultKinds.ts';
import { faultPlanSchema, readFaultPlan } from '../../faults/faultPlan.ts';
import { operationNames } from '../../operationNames.ts';

const text = readFileSync(new URL('../../../../docs/graph-emulator.md', import.meta.url), 'utf8');
const section = /^## Fault plan$([^]*?)^## /m.exec(text)?.[1] ?? '';

describe('the description of the fault plan', () => {
  it('shows a plan that the emulator takes', () => {
    const example = /```json\n([^]*?)```/.exec(section)?.[1] ?? '';
    expect(faultPlanSchema.safeParse(JSON.parse(example)).error).toBeUndefined();
  });

  it('names an example that the emulator takes', () => {
    expect(section).toContain('`examples/faults-rough.json`');
    expect(() =>
      readFaultPlan(
        fileURLToPath(new URL('../../../../examples/faults-rough.json', import.meta.url)),
      ),
    ).not.toThrow();
  });

  it('has every kind, with the effects that it knows, and every operation', () => {
    const rows = [...section.matchAll(/^\| (`.*?) +\| .*? \| .*? \| (\w*) *\| .*\|$/gm)].flatMap(
      ([, kinds = '', effect = '']) =>
        [...kinds.matchAll(/`(\w+)`/g)].map(([, kind = '']) => [kind, effect] as const),
    );
    const effects = new Map(rows.filter(([kind]) => kind in faultKinds));
    expect(new Set(effects.keys())).toEqual(new Set(allFaultKinds));
    for (const kind of allFaultKinds)
      expect([
        kind,
        { '': 'after', both: 'before,after' }[effects.get(kind) ?? ''] ?? effects.get(kind),
      ]).toEqual([kind, faultKinds[kind].effects.join(',')]);
    for (const name of operationNames) expect(section).toContain(`\`${name}\``);
  });
});
