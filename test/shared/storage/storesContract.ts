import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../shared/contracts/audit.ts';
import {
  type ApprovalRequest,
  approvalRequestSchema,
  type Command,
  type CommandResult,
  type Decision,
} from '../../../shared/contracts/command.ts';
import type { Rejection } from '../../../shared/contracts/rejection.ts';
import type { Task } from '../../../shared/contracts/task.ts';
import { requestRejected } from '../../../shared/domain/outcomeEvent.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { BlobTooLargeError } from '../../../shared/storage/blobs.ts';
import { firstBrokenSequence } from '../../../shared/storage/events.ts';
import { InvalidContinuationTokenError, type Page } from '../../../shared/storage/rows.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { StaleRowError } from '../../../shared/storage/transactions.ts';
import { acceptContract } from './acceptContract.ts';
import { bookContract } from './commandLogContract.ts';
import { unsettledContract } from './followUpContract.ts';
import { freezeContract } from './freezeContract.ts';
import { ledgerContract } from './ledgerContract.ts';
import {
  aBatch,
  aCommand,
  aDecision,
  aMigration,
  anApproval,
  at,
  aTask,
  taken,
} from './sampleRows.ts';

/** What the contract suite works on: the stores, ways to see the outcomes and to leave a blob and a poison message, and an end. */
export interface StoresUnderTest {
  readonly stores: Stores;
  readonly sent: () => Promise<readonly unknown[]>;
  readonly putInbox: (blobName: string, text: string) => Promise<void>;
  readonly putPoison: (text: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

async function everything<T>(
  load: (continuationToken: string | undefined) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await load(token);
    items.push(...page.items);
    token = page.continuationToken;
  } while (token !== undefined);
  return items;
}

/** What every implementation of the stores must do; run against a storage account and against its twin. */
export function storesContract(name: string, open: () => Promise<StoresUnderTest>): void {
  describe(`${name}: stores`, () => {
    let under: StoresUnderTest;
    let stores: Stores;

    beforeAll(async () => {
      under = await open();
      stores = under.stores;
      await stores.prepare();
    });
    afterAll(() => under.close());

    it('can be prepared again and answers a ping', async () => {
      await stores.prepare();
      await stores.ping();
    });

    acceptContract(() => stores);
    unsettledContract(() => stores);
    bookContract(() => stores);
    ledgerContract(() => stores);
    freezeContract(() => stores);

    it('keeps a migration whole, changes what is asked, and leaves one that is there alone', async () => {
      expect(await stores.migrations.get('m-none')).toBeUndefined();
      const migration = aMigration('m-one', { message: 'Zoë said "no" \u2028 🚢' });
      await stores.migrations.accept(taken(migration));
      expect(await stores.migrations.get('m-one')).toEqual(migration);
      await stores.migrations.update('m-one', {
        phase: 'running',
        message: null,
        counts: { ...noCounts, succeeded: 3 },
      });
      const changed = {
        ...migration,
        phase: 'running',
        message: null,
        counts: { ...noCounts, succeeded: 3 },
      };
      expect(await stores.migrations.get('m-one')).toEqual(changed);
      await stores.migrations.accept(taken(migration));
      expect(await stores.migrations.get('m-one')).toEqual(changed);
      await expect(stores.migrations.update('m-none', { phase: 'running' })).rejects.toThrow(
        'the row does not exist',
      );
    });

    it('lists migrations newest first, in pages, each once', async () => {
      for (let day = 2; day <= 8; day += 1)
        await stores.migrations.accept(
          taken(aMigration(`m-day${String(day)}`, { acceptedAt: at(day) })),
        );
      const listed = await everything((continuationToken) =>
        stores.migrations.list({ pageSize: 3, continuationToken }),
      );
      const ids = listed.map(({ id }) => id).filter((id) => id.startsWith('m-day'));
      expect(ids).toEqual(['m-day8', 'm-day7', 'm-day6', 'm-day5', 'm-day4', 'm-day3', 'm-day2']);
      expect((await stores.migrations.list({ pageSize: 3 })).items).toHaveLength(3);
    });

    it('refuses a token that another list issued, and nonsense', async () => {
      const { continuationToken } = await stores.migrations.list({ pageSize: 1 });
      expect(continuationToken).toMatch(/^[A-Za-z0-9_-]+$/);
      await expect(
        stores.tasks.list('m-one', { pageSize: 1, continuationToken }),
      ).rejects.toBeInstanceOf(InvalidContinuationTokenError);
      await expect(
        stores.migrations.list({ pageSize: 1, continuationToken: 'nonsense' }),
      ).rejects.toBeInstanceOf(InvalidContinuationTokenError);
    });

    it('keeps batches in the order of their numbers', async () => {
      const ids = ['b001', 'b002', 'b999', 'b1000'];
      await stores.batches.insertMissing(ids.toReversed().map((id) => aBatch('m-batches', id)));
      await stores.batches.update('m-batches', 'b002', { phase: 'syncing', jobId: 'job' });
      await stores.batches.insertMissing(ids.map((id) => aBatch('m-batches', id)));
      const listed = await stores.batches.list('m-batches');
      expect(listed.map(({ batchId, phase }) => `${batchId} ${phase}`)).toEqual([
        'b001 queued',
        'b002 syncing',
        'b999 queued',
        'b1000 queued',
      ]);
      expect(await stores.batches.get('m-batches', 'b002')).toEqual({
        ...aBatch('m-batches', 'b002'),
        phase: 'syncing',
        jobId: 'job',
      });
      expect(await stores.batches.get('m-batches', 'b003')).toBeUndefined();
      await expect(stores.batches.update('m-batches', 'b003', { phase: 'failed' })).rejects.toThrow(
        'the row does not exist',
      );
    });

    it('keeps tasks of thousands, by batch and by outcome, in order', async () => {
      const tasks = Array.from({ length: 450 }, (_, n) =>
        aTask('m-tasks', n < 250 ? 'b001' : 'b0012', n),
      );
      await stores.tasks.insertMissing(tasks.slice(100, 150));
      await stores.tasks.save([aTask('m-tasks', 'b001', 120, { outcome: 'invalid' })]);
      await stores.tasks.insertMissing(tasks);
      await stores.tasks.insertMissing([aTask('m-other', 'b001', 1)]);
      expect(await stores.tasks.listBatch('m-tasks', 'b001')).toEqual(
        tasks.slice(0, 250).map((task, n) => (n === 120 ? { ...task, outcome: 'invalid' } : task)),
      );
      expect(await stores.tasks.get('m-tasks', 'b001', tasks[120]?.taskId ?? '')).toEqual({
        ...tasks[120],
        outcome: 'invalid',
      });
      expect(await stores.tasks.get('m-tasks', 'b002', tasks[120]?.taskId ?? '')).toBeUndefined();
      const all = await everything((continuationToken) =>
        stores.tasks.list('m-tasks', { pageSize: 100, continuationToken }),
      );
      expect(all.map(({ taskId }) => taskId)).toEqual(tasks.map(({ taskId }) => taskId));
      const invalid = await everything((continuationToken) =>
        stores.tasks.list('m-tasks', { pageSize: 100, continuationToken, outcome: 'invalid' }),
      );
      expect(invalid.map(({ taskId }) => taskId)).toEqual([tasks[120]?.taskId]);
      const pending = await everything((continuationToken) =>
        stores.tasks.list('m-tasks', {
          pageSize: 100,
          continuationToken,
          outcome: 'pending',
          batchId: 'b0012',
        }),
      );
      expect(pending).toHaveLength(200);
      const open = tasks.slice(0, 250).flatMap(({ taskId }, n) => (n === 120 ? [] : [taskId]));
      expect(await stores.tasks.listOpen('m-tasks', 'b001')).toEqual(open);
      expect(await stores.tasks.listOpen('m-tasks', 'b002')).toEqual([]);
    });

    it('keeps messages that are longer than a column', async () => {
      const message = `ü${'x'.repeat(90_000)}`;
      const services = [
        { service: 'Teams', status: 'failed', message, errors: [{ code: 'CTTM-005', message }] },
      ];
      const task = aTask('m-long', 'b001', 1, {
        outcome: 'failed',
        services,
        sourceUserPrincipalName: "o'neil@contoso.com",
      });
      await stores.tasks.save([task]);
      expect(await stores.tasks.listBatch('m-long', 'b001')).toEqual([task]);
    });

    it('saves a task as it is, whatever was read before', async () => {
      const service = (length: number) => [
        { service: 'Teams', status: 'failed', message: 'x'.repeat(length), errors: [] },
      ];
      const read = [1, 2].map((n) =>
        aTask('m-changed', 'b001', n, {
          jobId: 'job',
          services: service(90_000),
          validation: service(5),
        }),
      );
      await stores.tasks.insertMissing(read);
      const next = read.map((task, n): Task => ({
        ...task,
        services: service(90_001 - n),
        outcome: 'failed',
        updatedAt: at(2),
      }));
      await stores.tasks.save(next, read);
      expect(await stores.tasks.listBatch('m-changed', 'b001')).toEqual(next);
      const shorter = next.map((task, n): Task =>
        n === 0
          ? { ...task, services: service(7) }
          : { ...task, jobId: null, outcome: null, services: [] },
      );
      await stores.tasks.save(shorter, next);
      expect(await stores.tasks.listBatch('m-changed', 'b001')).toEqual(shorter);
    });

    it('saves nothing of a task that somebody else has written since it was read', async () => {
      const task = aTask('m-stale', 'b001', 1);
      await stores.tasks.insertMissing([task]);
      const [read] = await stores.tasks.listBatch('m-stale', 'b001');
      if (read === undefined) throw new Error('the task is not there');
      await stores.tasks.save([{ ...task, outcome: 'succeeded', updatedAt: at(2) }]);
      // A status check that stood still goes on with what it has read.
      await expect(
        stores.tasks.save(
          [
            {
              ...read,
              services: [{ service: 'Teams', status: 'inProgress', message: '', errors: [] }],
              updatedAt: at(3),
            },
          ],
          [read],
        ),
      ).rejects.toThrow(StaleRowError);
      expect(await stores.tasks.get('m-stale', 'b001', task.taskId)).toEqual({
        ...task,
        outcome: 'succeeded',
        updatedAt: at(2),
      });
      const [now] = await stores.tasks.listBatch('m-stale', 'b001');
      if (now === undefined) throw new Error('the task is not there');
      await stores.tasks.save([{ ...now, jobId: 'job-2' }], [now]);
      expect(await stores.tasks.get('m-stale', 'b001', task.taskId)).toMatchObject({
        outcome: 'succeeded',
        jobId: 'job-2',
      });
    });

    it('keeps what was asked of a migration, the first answers, and one decision on each request for approval', async () => {
      const command = (n: number, changes: Partial<Command> = {}): Command =>
        aCommand('m-asked', n, {
          by: "o'neil",
          targets: ['b001', 'b002'],
          acceptedAt: at(9 - n),
          ...changes,
        });
      await stores.commands.add(command(1));
      await stores.commands.add(command(2, { kind: 'pause', targets: [] }));
      await stores.commands.add(command(1, { reason: 'again' }));
      const result: CommandResult = {
        migrationId: 'm-asked',
        commandId: command(1).commandId,
        batchId: 'b001',
        verdict: 'applied',
        detail: 'd',
        decidedAt: at(3),
      };
      await stores.commands.recordResult(result);
      await stores.commands.recordResult({ ...result, verdict: 'tooLate' });
      const requested = (number: number): ApprovalRequest =>
        approvalRequestSchema.parse(anApproval('m-asked', number));
      expect([
        await stores.commands.askApproval(requested(1)),
        await stores.commands.askApproval({ ...requested(1), taskCount: 9 }),
      ]).toEqual([true, false]);
      const decision = (number: number, verdict: Decision['verdict']): Decision =>
        aDecision('m-asked', number, { verdict });
      expect(await stores.commands.decide(decision(1, 'approved'))).toEqual(
        decision(1, 'approved'),
      );
      expect(await stores.commands.decide(decision(1, 'timedOut'))).toEqual(
        decision(1, 'approved'),
      );
      expect(await stores.commands.askApproval(requested(2))).toBe(true);
      expect((await stores.commands.readLog('m-asked')).approvals).toEqual([
        anApproval('m-asked', 1, {}),
        anApproval('m-asked', 2),
      ]);
      await stores.commands.decide(decision(2, 'rejected'));
      expect(await stores.commands.readLog('m-asked')).toEqual({
        commands: [command(2, { kind: 'pause', targets: [] }), command(1)],
        results: [result],
        approvals: [
          anApproval('m-asked', 1, {}),
          anApproval('m-asked', 2, { verdict: 'rejected' }),
        ],
      });
      expect(await stores.commands.readLog('m-nobody')).toEqual({
        commands: [],
        results: [],
        approvals: [],
      });
    });

    it('gives a user to one of the commands that add him, however often they ask', async () => {
      const users = (...numbers: number[]): string[] =>
        numbers.map((n) => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`);
      const claim = (commandId: string, ...numbers: number[]): Promise<ReadonlySet<string>> =>
        stores.commands.claimUsers('m-added', commandId, users(...numbers));
      expect(await claim('one', 1, 2)).toEqual(new Set(users(1, 2)));
      expect(await claim('other', 2, 3)).toEqual(new Set(users(3)));
      expect(await claim('one', 1, 2)).toEqual(new Set(users(1, 2)));
      expect(await claim('one', 3)).toEqual(new Set());
      const [a, b] = await Promise.all([claim('a', 8, 9), claim('b', 8, 9)]);
      expect([...a, ...b].sort()).toEqual(users(8, 9));
      expect((await stores.commands.readLog('m-added')).commands).toEqual([]);
    });

    it('keeps rejections newest first, once each, and counts', async () => {
      const rejection = (id: string, day: number, changes: Partial<Rejection> = {}): Rejection => ({
        id,
        source: 'queue',
        code: 'notJson',
        detail: 'no',
        errors: [{ path: 'users[0]', message: 'm' }],
        rejectedAt: at(day),
        lastRejectedAt: at(day),
        count: 1,
        replayedAt: null,
        migrationId: null,
        ...changes,
      });
      expect(await stores.rejections.save(rejection('r-1', 1), 'text')).toEqual({
        rejection: rejection('r-1', 1),
        lastEventId: null,
      });
      await stores.rejections.markReported('r-1', 'r-1/1');
      await stores.rejections.save(rejection('r-2', 2), 'text');
      const again = rejection('r-1', 1, { lastRejectedAt: at(3), count: 2, code: 'conflict' });
      expect(
        await stores.rejections.save(rejection('r-1', 3, { code: 'conflict' }), 'text'),
      ).toEqual({ rejection: again, lastEventId: 'r-1/1' });
      expect((await stores.rejections.list({ pageSize: 10 })).items).toEqual([
        rejection('r-2', 2),
        again,
      ]);
      expect(await stores.rejections.get('r-1')).toEqual({ rejection: again, text: 'text' });
      expect(await stores.rejections.get('r-3')).toBeUndefined();
      expect(await stores.rejections.get('../r-1?#')).toBeUndefined();
      const replay = { replayedAt: at(3), migrationId: 'm-one' };
      await stores.rejections.markReplayed('r-1', replay);
      expect((await stores.rejections.list({ pageSize: 10 })).items[1]).toEqual({
        ...again,
        ...replay,
      });
      // Recorded once more, by an instance that stood still: what the replay has made of it stays.
      await stores.rejections.save(rejection('r-1', 4), 'text');
      expect((await stores.rejections.get('r-1'))?.rejection).toEqual({
        ...rejection('r-1', 1, { lastRejectedAt: at(4), count: 3 }),
        ...replay,
      });
      await expect(stores.rejections.markReplayed('r-3', replay)).rejects.toThrow();
      await expect(stores.rejections.markReported('r-3', 'r-3/1')).rejects.toThrow();
    });

    it('counts every one of the rejections of a message that are saved at once', async () => {
      const rejection: Rejection = {
        id: 'r-often',
        source: 'queue',
        code: 'notJson',
        detail: 'no',
        errors: [],
        rejectedAt: at(1),
        lastRejectedAt: at(1),
        count: 1,
        replayedAt: null,
        migrationId: null,
      };
      await Promise.all(
        Array.from({ length: 12 }, () => stores.rejections.save(rejection, 'text')),
      );
      expect(await stores.rejections.get('r-often')).toEqual({
        rejection: { ...rejection, count: 12 },
        text: 'text',
      });
    });

    it('gives the poison messages that are left, each until it is deleted', async () => {
      await under.putPoison('no base64!');
      await under.putPoison('{}');
      const messages = await stores.poison.receive();
      expect(messages.map(({ text }) => text).sort()).toEqual(['no base64!', '{}']);
      for (const message of [...messages, ...messages]) await stores.poison.delete(message);
      expect(await stores.poison.receive()).toEqual([]);
    });

    it('chains what is put on record: each once, in order, without a gap, whoever writes at the same time', async () => {
      const entry = (n: number): AuditEntry => ({
        eventId: `e/${String(n)}`,
        type: 't',
        at: at(1),
        by: "o'neil",
        batchId: 'b001',
        jobId: null,
        taskId: null,
        detail: `"${String(n)}"`,
      });
      await Promise.all(
        Array.from({ length: 24 }, (_, n) => stores.audit.append('m-audited', entry(n % 12))),
      );
      const events = await everything((continuationToken) =>
        stores.audit.list('m-audited', { pageSize: 5, continuationToken }),
      );
      expect(events.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 12 }, (_, n) => n + 1),
      );
      expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(12);
      expect(firstBrokenSequence(events)).toBeUndefined();
      expect(await stores.audit.list('m-nobody', { pageSize: 5 })).toEqual({ items: [] });
    });

    it('puts the acceptance before whatever comes first, and says where each event is, however often it comes', async () => {
      for (const [id, first] of [
        ['m-first-job', 'job'],
        ['m-first-request', 'request'],
      ] as const) {
        await stores.migrations.accept(
          taken(aMigration(id, { requestedBy: 'ana', acceptedAt: at(2) })),
        );
        const entry = (eventId: string): AuditEntry => ({
          eventId,
          type: 'job.created',
          at: at(3),
          by: null,
          batchId: 'b001',
          jobId: 'j',
          taskId: null,
          detail: null,
        });
        const acceptance: AuditEntry = {
          eventId: 'request',
          type: 'request.accepted',
          at: at(2),
          by: 'ana',
          batchId: null,
          jobId: null,
          taskId: null,
          detail: `3 users as ${id}`,
        };
        // Many at once: none of them gets before the acceptance, which comes among them as well.
        const places = await Promise.all(
          [entry('job'), acceptance, entry('other')].map((one) => stores.audit.append(id, one)),
        );
        const { items } = await stores.audit.list(id, { pageSize: 10 });
        expect(items[0]).toMatchObject({ ...acceptance, sequence: 1 });
        expect(items.map(({ eventId }) => eventId).sort()).toEqual(['job', 'other', 'request']);
        expect(firstBrokenSequence(items)).toBeUndefined();
        for (const [index, eventId] of ['job', 'request', 'other'].entries()) {
          const { sequence, hash } = items.find((one) => one.eventId === eventId) ?? {};
          expect(places[index]).toEqual({ sequence, hash });
        }
        expect(await stores.audit.append(id, first === 'job' ? entry('job') : acceptance)).toEqual(
          places[first === 'job' ? 0 : 1],
        );
      }
      // The chain of refused messages has no acceptance, nor has one of a migration that is not there.
      const refused: AuditEntry = {
        eventId: 'rejections/r',
        type: 'request.rejected',
        at: at(3),
        by: null,
        batchId: null,
        jobId: null,
        taskId: null,
        detail: 'notJson',
      };
      expect((await stores.audit.append('rejections', refused)).sequence).toBe(1);
    });

    it('appends anchors to the blob of their month, whoever comes at the same time, and loses none', async () => {
      const anchor = (n: number, atText: string) => ({
        migrationId: 'm-anchored',
        sequence: n,
        hash: `h${String(n)}`,
        at: atText,
      });
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => stores.anchors.append(anchor(n + 1, at(n + 1)))),
      );
      await stores.anchors.append(anchor(21, '2026-12-01T00:00:00.000Z'));
      await stores.anchors.append(anchor(21, '2026-12-01T00:00:00.000Z'));
      const blobs = await stores.anchors.list();
      expect(blobs.map(({ name }) => name)).toEqual(['2026-11.jsonl', '2026-12.jsonl']);
      const lines = (index: number): unknown[] =>
        (blobs[index]?.text ?? '')
          .trim()
          .split('\n')
          .map((line): unknown => JSON.parse(line));
      expect(new Set(lines(0).map((line) => JSON.stringify(line)))).toEqual(
        new Set(Array.from({ length: 20 }, (_, n) => JSON.stringify(anchor(n + 1, at(n + 1))))),
      );
      expect(lines(1)).toEqual([
        anchor(21, '2026-12-01T00:00:00.000Z'),
        anchor(21, '2026-12-01T00:00:00.000Z'),
      ]);
    });

    it('keeps users who are added and reads the inbox up to a size', async () => {
      await expect(stores.requests.load('m-none')).rejects.toThrow();
      const users = [{ targetUserId: aTask('m', 'b001', 1).taskId }];
      await stores.requests.saveAdded('m-one', '0-a', users);
      expect(await stores.requests.loadAdded('m-one', '0-a')).toEqual(users);
      await expect(stores.requests.loadAdded('m-one', '0-b')).rejects.toThrow();
      await stores.requests.saveApproved('m-one', '1-a', ['one', 'two']);
      expect(await stores.requests.loadApproved('m-one', '1-a')).toEqual(['one', 'two']);
      await expect(stores.requests.loadApproved('m-one', '2-a')).rejects.toThrow();
      await under.putInbox('a folder/big.json', '{"ü":1}');
      expect(
        Buffer.from((await stores.requests.loadInbox('a folder/big.json', 100)) ?? '').toString(),
      ).toBe('{"ü":1}');
      await under.putInbox('empty.json', '');
      expect((await stores.requests.loadInbox('empty.json', 100))?.byteLength).toBe(0);
      expect(await stores.requests.loadInbox('none.json', 100)).toBeUndefined();
      await expect(stores.requests.loadInbox('a folder/big.json', 7)).rejects.toBeInstanceOf(
        BlobTooLargeError,
      );
    });

    it('gives room for so many moves and no more, also to many at once', async () => {
      const holder = (taskId: string | null, batchId = 'b001') => ({
        migrationId: 'm-slots',
        batchId,
        taskId,
      });
      expect(await stores.quota.find(holder('t0'))).toBeUndefined();
      const given = await Promise.all(
        Array.from({ length: 12 }, (_, n) => stores.quota.hold(holder(`t${String(n)}`), 1, 8)),
      );
      expect(given.filter((moves) => moves === 1)).toHaveLength(8);
      expect(await stores.quota.count()).toBe(8);
      const lucky = given.indexOf(1);
      const unlucky = given.indexOf(undefined);
      expect(await stores.quota.hold(holder(`t${String(lucky)}`), 1, 8)).toBe(1);
      expect(await stores.quota.count()).toBe(8);
      await stores.quota.release(holder(`t${String(lucky)}`));
      await stores.quota.release(holder(`t${String(lucky)}`));
      expect(await stores.quota.hold(holder(`t${String(unlucky)}`), 1, 8)).toBe(1);
      expect(await stores.quota.count()).toBe(8);
      await stores.quota.releaseBatch('m-slots', 'b001');
      expect(await stores.quota.count()).toBe(0);
    });

    it('bars a holder for good, counts the moves of a batch, and gives back a batch alone', async () => {
      const holder = (taskId: string | null, batchId = 'b001') => ({
        migrationId: 'm-bars',
        batchId,
        taskId,
      });
      expect(await stores.quota.hold(holder('t1'), 0, 0)).toBe(0);
      expect(await stores.quota.hold(holder('t1'), 1, 100)).toBe(0);
      expect(await stores.quota.hold(holder('t2'), 1, 100)).toBe(1);
      expect(await stores.quota.hold(holder('t2'), 0, 100)).toBe(1);
      expect(await stores.quota.hold(holder(null, 'b0011'), 50, Infinity)).toBe(50);
      expect(await stores.quota.hold(holder('t3'), 1, 51)).toBeUndefined();
      expect([
        await stores.quota.find(holder('t1')),
        await stores.quota.find(holder('t2')),
        await stores.quota.count(),
      ]).toEqual([0, 1, 51]);
      await stores.quota.releaseBatch('m-bars', 'b001');
      expect([await stores.quota.find(holder('t1')), await stores.quota.count()]).toEqual([
        undefined,
        50,
      ]);
      await stores.quota.release(holder(null, 'b0011'));
      expect(await stores.quota.count()).toBe(0);
    });

    it('puts messages into the outcome queue', async () => {
      const event = requestRejected(
        {
          id: 'r-3',
          source: 'queue',
          code: 'notJson',
          detail: 'ü',
          errors: [],
          rejectedAt: at(1),
          lastRejectedAt: at(1),
          count: 1,
          replayedAt: null,
          migrationId: null,
        },
        'rejections/r-3/1',
      );
      await stores.outcomes.send(event);
      expect(await under.sent()).toContainEqual(event);
    });
  });
}
