import { z } from 'zod';
import type { GraphAnswer } from '../graphAnswer.ts';
import type { JobBook } from '../jobBook.ts';
import type { JobRecord } from '../jobRecord.ts';
import { chance } from '../random.ts';
import type { DrawnFault } from './faultDraw.ts';

const jobSchema = z.looseObject({ id: z.string() });
const bodySchema = z.union([
  jobSchema,
  z.object({ value: jobSchema }).transform(({ value }) => value),
]);

/** Changes the course of the job that a call was about; false where the fault is none of a job's course. */
export function changeCourse(
  { fault, occasion }: DrawnFault,
  answer: GraphAnswer,
  book: JobBook,
  nowMs: number,
): boolean {
  const job = bodySchema.safeParse(answer.body);
  const record = job.success ? book.find(job.data.id) : undefined;
  if (record === undefined) return false;
  const { id } = record.job;
  switch (fault.kind) {
    case 'validationByItself':
      if (book.step(record, nowMs).status !== 'submitted') return false;
      book.add(id, { kind: 'validate', atMs: nowMs, busy: book.busyUsers(record, nowMs) });
      return true;
    case 'mailboxNeverCutsOver':
      book.add(id, {
        kind: 'hold',
        atMs: nowMs,
        stuckIn: 'cuttingOver',
        user: oneUser(record, occasion),
        seconds: fault.forSeconds ?? null,
      });
      return true;
    case 'adminActionRequired':
      book.add(id, {
        kind: 'hold',
        atMs: nowMs,
        stuckIn: 'adminActionRequired',
        user: null,
        seconds: fault.forSeconds ?? null,
      });
      return true;
    default:
      return false;
  }
}

function oneUser({ job: { resources } }: JobRecord, occasion: string): string | null {
  return resources[Math.floor(chance(`${occasion} mailbox`) * resources.length)] ?? null;
}
