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
  sharePointTenant: 'OneDrive and SharePoint: errors that affect every move',
  sharePointTask: 'OneDrive and SharePoint: errors that affect one move',
  graph: 'Microsoft Graph',
  own: 'Codes of this app',
};

const head = `# Error codes

The app explains the errors of each task, and the failures in \`GET /api/migrations/{id}\`, with the texts on this page.
Microsoft publishes the codes; the explanations are ours. The app compares codes without regard to case.

- **who**: who can fix the error. *Nobody*: no admin can; anything that is to be done is up to the requester.
- **retry**: how you can retry. *Same job*: the retry starts the same Graph job again. *New job*: the retry creates a new
  job. *After the fix*: fix the cause first. *Never*: a retry does not help. For a task with several errors the strictest
  kind counts. A user who failed validation or was cancelled always needs a new job.
- **scope**: what the error affects. *Tenant*: the setup of a tenant, and so every user. Such errors come first in the list
  of failures. *User*: one user, OneDrive or site.

\`npm run docs\` generates this page.
`;

/** Returns the text of docs/errors.md, generated from the error catalogue. */
export function errorsPage(): string {
  const families = Object.keys(titles)
    .filter(isFamily)
    .map((name) => `## ${titles[name]}\n\n${table(Object.entries<CatalogueEntry>(family(name)))}`);
  const prefixes = codeFamilies.map(({ prefix, ...entry }): [string, CatalogueEntry] => [
    `${prefix}…`,
    entry,
  ]);
  const unknown = `## Unpublished codes

An unpublished code has \`"known": false\` and is explained by its prefix. The first prefix that matches counts.

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

/** Escapes the characters that Markdown would read as the end of a cell or as a tag. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
