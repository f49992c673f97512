import { numberText } from '../../../bench/report/numberText.ts';
import { spanText, virtualDate } from '../../../local/demo/virtualTime.ts';
import { columnChart } from './columnChart.ts';
import { type NoticeKind, noticeKinds } from './noticedStores.ts';
import { type CostLine, costLines, type Prices } from './prices.ts';
import type { ProgrammeResult } from './programmeResult.ts';
import { storageKinds } from './storageRequests.ts';
import { sumOf } from './timeline.ts';
import { newTable, timelineTable } from './timelineTable.ts';
import { wholeText } from './wholeText.ts';

const dateFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: '2-digit',
  month: 'short',
});
// Microsoft's own limit (OneDrive migration: overview).
const queuedMoves = 4_000;

const noticed: Readonly<Record<NoticeKind, string>> = {
  validated: 'a job is validated',
  syncing: 'a job syncs',
  cuttingOver: 'a job cuts over',
  ended: 'a job has ended',
  cancelled: 'a job is cancelled',
  anyChange: 'any of these',
  userOutcome: 'a user has an outcome',
};

const priced: Readonly<Record<CostLine['what'], string>> = {
  tableReads: 'tables: a row read',
  tableQueries: 'tables: rows queried',
  tableWrites: 'tables: a row written',
  tableBatches: 'tables: a transaction of up to 100 rows',
  blobReads: 'blobs: read',
  blobWrites: 'blobs: written',
  queueMessages: 'queues: a message sent',
  executions: 'functions: executions',
};

/** A programme for people: the same result and prices give the same text. */
export function programmeText(result: ProgrammeResult, prices: Prices | null): string {
  return [
    headOf(result),
    timelineTable(result),
    chartsOf(result),
    totalsOf(result),
    noticesOf(result),
    costsOf(result, prices),
  ].join('\n\n');
}

function headOf({ shape, startAt, endAt, batches, jobs }: ProgrammeResult): string {
  const { users, migrations, seed, acceptEveryHours, leadDays, syncDays, throttled } = shape;
  return [
    `${wholeText(users)} users in ${wholeText(migrations)} migrations and ${wholeText(batches)} batches, which took ${wholeText(jobs)} jobs. Seed ${String(seed)}.`,
    `From ${virtualDate(Date.parse(startAt))} to ${virtualDate(Date.parse(endAt))}: ${spanText(Date.parse(endAt) - Date.parse(startAt))}, simulated.`,
    `A migration is accepted every ${String(acceptEveryHours)} hours; its cutover is the first night or Friday evening ${String(leadDays.min)} to ${String(leadDays.max)} days later;`,
    `mailboxes are in sync after ${String(syncDays.min)} to ${String(syncDays.max)} days; ${numberText(throttled * 100)} % of the calls, by lot, are refused with 429, which closes the`,
    'tenant for 30 seconds, one time in ten for 300. Graph and storage answer at once.',
  ].join('\n');
}

function chartsOf({ jobsInFlight, hourly, startAt, endAt }: ProgrammeResult): string {
  const ends = [
    dateFormat.format(Date.parse(startAt)),
    dateFormat.format(Date.parse(endAt)),
  ] as const;
  return [
    columnChart('Jobs in flight', jobsInFlight, ends),
    columnChart('Graph calls an hour, the busiest hour of each column', hourly.calls, ends),
  ].join('\n\n');
}

function totalsOf({
  shape,
  hourly,
  phases,
  outcomes,
  operations,
  insideRetryAfter,
  executions,
  historyEvents,
  longestHistory,
  oneDrives,
  jobsInFlight,
  hostErrors,
}: ProgrammeResult): string {
  const { users } = shape;
  const calls = sumOf(hourly.calls);
  const all = executions.activities + executions.orchestratorTurns + executions.triggers;
  const mostOneDrives = Math.max(...oneDrives);
  const each = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${wholeText(count)} ${name}`)
      .join(', ');
  return [
    'What it came to',
    `  users        ${each(outcomes)}`,
    `  migrations   ${each(phases)}`,
    `  in flight    at most ${wholeText(Math.max(...jobsInFlight))} jobs, with ${wholeText(mostOneDrives)} OneDrives${mostOneDrives > queuedMoves ? `: Microsoft names ${wholeText(queuedMoves)} of a source as the most, and not what becomes of more; here they are taken` : ''}`,
    `  Graph calls  ${wholeText(calls)}, ${numberText(calls / users)} a user; ${each(operations)}`,
    `  throttling   ${wholeText(sumOf(hourly.refused))} calls refused with 429 (${numberText((sumOf(hourly.refused) / calls) * 100)} %), ${wholeText(insideRetryAfter)} sent while Graph had asked to wait`,
    `  executions   ${wholeText(all)}, ${numberText(all / users)} a user: ${wholeText(executions.activities)} activities, ${wholeText(executions.orchestratorTurns)} turns of orchestrators, ${wholeText(executions.triggers)} triggers`,
    `  history      ${wholeText(historyEvents)} events, at most ${wholeText(longestHistory)} in one turn`,
    ...(hostErrors.length === 0
      ? []
      : [
          `  errors       ${wholeText(hostErrors.length)} of the host, the first: ${hostErrors[0] ?? ''}`,
        ]),
  ].join('\n');
}

function noticesOf({ delays }: ProgrammeResult): string {
  const table = newTable([
    'Minutes from Graph to our rows',
    'times',
    'median',
    '95 of 100',
    'longest',
  ]);
  for (const kind of noticeKinds) {
    const delay = delays[kind];
    if (delay !== undefined)
      table.push([
        noticed[kind],
        wholeText(delay.count),
        ...[delay.medianMinutes, delay.p95Minutes, delay.maxMinutes].map((minutes) =>
          minutes.toFixed(1),
        ),
      ]);
  }
  return table.toString();
}

function costsOf({ shape, hourly, executions }: ProgrammeResult, prices: Prices | null): string {
  const sums = Object.fromEntries(storageKinds.map((kind) => [kind, sumOf(hourly[kind])]));
  const lines = costLines(
    {
      ...zeroes,
      ...sums,
      executions: executions.activities + executions.orchestratorTurns + executions.triggers,
    },
    prices,
  );
  const table = newTable([
    'Operations',
    'all',
    'a user',
    ...(prices === null ? [] : [prices.currency, `${prices.currency} a user`]),
  ]);
  const money = (cost: number | null): string[] =>
    prices === null
      ? []
      : cost === null
        ? ['no price', '']
        : [cost.toFixed(2), numberText(cost / shape.users)];
  for (const { what, count, cost } of lines)
    table.push([priced[what], wholeText(count), numberText(count / shape.users), ...money(cost)]);
  const known = lines.filter(({ cost }) => cost !== null);
  if (known.length > 0)
    table.push(['together', '', '', ...money(sumOf(known.map(({ cost }) => cost ?? 0)))]);
  const unpriced =
    known.length === lines.length
      ? []
      : [
          'Quantities without a cost are to be priced from your own price list: --prices FILE, with the keys of examples/prices.json.',
        ];
  return [
    table.toString(),
    ...unpriced,
    'Not in it: the transactions of the task hub, which the Durable extension makes of the turns and events above; the polling of queues by',
    'the Functions host; memory and time of executions; transactions that are repeated.',
  ].join('\n');
}

const zeroes: Readonly<Record<CostLine['what'], number>> = {
  tableReads: 0,
  tableQueries: 0,
  tableWrites: 0,
  tableBatches: 0,
  blobReads: 0,
  blobWrites: 0,
  queueMessages: 0,
  executions: 0,
};
