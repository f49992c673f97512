import type { FailureScope, RetryKind, WhoCanFix } from '../../shared/contracts/task.ts';
import type {
  CatalogueEntry,
  CatalogueFamily,
} from '../../shared/domain/errorCatalogue/catalogueEntry.ts';
import { codeFamilies, unpublishedCode } from '../../shared/domain/errorCatalogue/codeFamilies.ts';
import { errorCatalogue } from '../../shared/domain/errorCatalogue/errorCatalogue.ts';

const who: Readonly<Record<WhoCanFix, string>> = {
  sourceAdmin: 'source admin',
  targetAdmin: 'target admin',
  licensing: 'licensing',
  microsoft: 'Microsoft',
  nobody: 'nobody',
};
const retries: Readonly<Record<RetryKind, string>> = {
  sameJob: 'same job',
  newJob: 'new job',
  afterFix: 'after the fix',
  never: 'never',
};
const scopes: Readonly<Record<FailureScope, string>> = { tenant: 'tenant', user: 'user' };
const titles: Readonly<Record<keyof typeof errorCatalogue, string>> = {
  engine: 'Migration engine, any workload',
  exchange: 'Mailboxes',
  teams: 'Teams chats',
  meetings: 'Teams meetings',
  sharePointTenant: 'OneDrive and SharePoint: causes that hit every move',
  sharePointTask: 'OneDrive and SharePoint: causes that lie with one move',
  graph: 'Microsoft Graph',
  own: 'Codes of this app',
};

const head = `# Error codes

Every error that a task shows is explained from this catalogue, and so are the clusters of \`GET /api/migrations/{id}\`. Codes are
those that Microsoft publishes; the words are ours. They are looked up in any case of letters.

- **who**: whose move it is. *Nobody*: no admin has anything to mend; what is left is up to whoever sent the request.
- **retry**: *same job*: start the same Graph job again; *new job*: only a fresh one will do; *after the fix*: nothing will do
  before the cause is mended; *never*: there is nothing to try again. A task with several errors has the strictest of
  them. A user who failed validation or was cancelled always needs a new job.
- **scope**: *tenant*: the cause lies in a tenant's setup and hits every user, so it comes first in the clusters.

This page is written by \`npm run docs\`.
`;

/** The page docs/errors.md, as the catalogue has it. */
export function errorsPage(): string {
  const families = Object.keys(titles)
    .filter(isFamily)
    .map((name) => `## ${titles[name]}\n\n${table(Object.entries<CatalogueEntry>(family(name)))}`);
  const prefixes = codeFamilies.map(({ prefix, ...entry }): [string, CatalogueEntry] => [
    `${prefix}…`,
    entry,
  ]);
  const unknown = `## Codes that are not published

They are marked \`"known": false\` and explained by their beginning, in any case of letters; the first that fits counts.

${table([...prefixes, ['anything else', unpublishedCode]])}`;
  return [head, ...families, unknown].join('\n');
}

function family(name: keyof typeof errorCatalogue): CatalogueFamily {
  return errorCatalogue[name];
}

function isFamily(name: string): name is keyof typeof errorCatalogue {
  return Object.hasOwn(errorCatalogue, name);
}

function table(entries: readonly (readonly [code: string, entry: CatalogueEntry])[]): string {
  const rows = entries.map(
    ([code, { meaning, whoCanFix, retry, scope, step }]) =>
      `| ${[code === 'anything else' ? code : `\`${code}\``, meaning, who[whoCanFix], retries[retry], scopes[scope], step].map(cell).join(' | ')} |`,
  );
  return [
    '| code | meaning | who | retry | scope | what to do |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Text that Markdown would read as a column's end or as a tag stays text. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
