import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file.endsWith('.md') && existsSync(join(root, file)));

/** The text of a page without blocks of code, in which brackets are no links and a `#` is no heading. */
function proseOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replaceAll(/^(`{3,}).*\n[^]*?^\1$/gm, '');
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let repeated = 1; anchors.has(anchor); repeated += 1)
      anchor = `${slug}-${String(repeated)}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The links of a page that lead nowhere; addresses of other hosts are not checked. */
function brokenLinksOf(page: string): readonly string[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/i.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : relative(root, join(root, dirname(page), path));
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(file).has(anchor);
  });
}

/** The files and folders of the repository that a page names in code spans and that are not there. */
function missingFilesOf(page: string): readonly string[] {
  const inTree =
    /`((?:functions|orchestrations|shared|local|tools|test|bench|docs|examples)\/[\w./-]*)`/g;
  return [...proseOf(page).matchAll(inTree)]
    .map(([, file = '']) => file)
    .filter((file) => !existsSync(join(root, file)));
}

describe.each(pages)('%s', (page) => {
  it('has only links that lead somewhere', () => {
    expect(brokenLinksOf(page)).toEqual([]);
  });

  it('names only files that are there', () => {
    expect(missingFilesOf(page)).toEqual([]);
  });
});

it('the promises are listed with checks that the simulation has', () => {
  const checks = [
    ...(/^## Promises\n[^]*?(?=^## )/m.exec(proseOf('docs/guarantees.md'))?.[0] ?? '').matchAll(
      /\| ((?:`\w+`(?:, )?)+) +\|$/gm,
    ),
  ].flatMap(([, names = '']) => names.replaceAll('`', '').split(', '));
  expect(checks).not.toEqual([]);
  const folder = join(root, 'test', 'simulation', 'promises');
  expect(checks.filter((name) => !existsSync(join(folder, `${name}.ts`)))).toEqual([]);
});
