import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Entry, type Instance, isTerminal, type Outgoing, type Start } from './instance.ts';

// What histories say again and again, the most frequent last, where it is cheapest to point to.
const dictionary = Buffer.from(
  [
    '"ParentInstance":null,"OrchestrationInstance":{"InstanceId":"","ExecutionId":""},"TaskScheduleId":',
    '{"EventType":7,"EventId":1,"Timestamp":"2026-11-20T08:00:00.000Z","Name":"","Version":"","InstanceId":"","Input":"',
    '{"EventType":8,"EventId":-1,"Timestamp":"2026-11-20T08:00:00.000Z","TaskScheduledId":1,"Result":"',
    '{"EventType":0,"EventId":-1,"Timestamp":"2026-11-20T08:00:00.000Z","Name":"","Version":"","Input":"{\\"',
    '{"EventType":15,"EventId":-1,"Timestamp":"2026-11-20T08:00:00.000Z","Name":"","Input":"null"},',
    '{"EventType":10,"EventId":1,"Timestamp":"2026-11-20T08:00:00.000Z","FireAt":"2026-11-20T08:00:00.000Z"},',
    '{"EventType":11,"EventId":-1,"Timestamp":"2026-11-20T08:00:00.000Z","TimerId":1,"FireAt":"2026-11-20T08:00:00.000Z"},',
    '{"EventType":4,"EventId":1,"Timestamp":"2026-11-20T08:00:00.000Z","Name":"","Version":"","Input":"[{\\"',
    '{"EventType":5,"EventId":-1,"TaskScheduledId":1,"Result":"{\\"kind\\":\\"done\\"}","Timestamp":"2026-11-20T08:00:00.000Z"},',
    '{"EventType":12,"EventId":-1,"Timestamp":"2026-11-20T08:00:00.000Z"},{"EventType":13,"EventId":-1,"Timestamp":"2026-11-20T08:00:00.000Z"},',
  ].join(''),
);
// A small window and little memory: the texts are short, and each call makes both anew.
const options = { dictionary, level: 4, windowBits: 13, memLevel: 6 };

/** JSON packed to about a tenth, as a text with one byte a character; `unpacked` gives the value back. */
export function packed(value: unknown): string {
  return deflateRawSync(JSON.stringify(value), options).toString('latin1');
}

/** The value of a text that `packed` made. */
export function unpacked(text: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(text, 'latin1'), options).toString('utf8'));
}

const hottest = 1_000;

/**
 * All instances by id, in the order of their creation. The histories of those that were used last are at hand; those of
 * all others are packed, because most instances wait for days on a timer.
 */
export class InstanceShelf {
  readonly #instances = new Map<string, Instance>();
  /** The ids of the instances with a history at hand, the one used longest ago first. */
  readonly #hot = new Set<string>();
  readonly #limit: number;

  constructor(limit = hottest) {
    this.#limit = limit;
  }

  get(instanceId: string): Instance | undefined {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined || this.#hot.has(instanceId)) return instance;
    // A copy reads the history once; from then on it is at hand.
    const atHand = { ...instance };
    this.set(instanceId, atHand);
    return atHand;
  }

  set(instanceId: string, instance: Instance): void {
    this.#instances.set(instanceId, instance);
    this.#hot.delete(instanceId);
    this.#hot.add(instanceId);
    for (const id of this.#hot) {
      if (this.#hot.size <= this.#limit) return;
      this.#hot.delete(id);
      const coldest = this.#instances.get(id);
      if (coldest !== undefined) this.#instances.set(id, withPackedHistory(coldest));
    }
  }

  delete(instanceId: string): void {
    this.#instances.delete(instanceId);
    this.#hot.delete(instanceId);
  }

  /** A packed history among them is unpacked each time it is read. */
  values(): IterableIterator<Instance> {
    return this.#instances.values();
  }
}

/** The same instance; its history is unpacked whenever it is read. */
function withPackedHistory(instance: Instance): Instance {
  const { history, ...rest } = instance;
  const text = packed(history);
  return {
    ...rest,
    get history() {
      // What this program has packed is what it unpacks.
      return unpacked(text) as readonly HistoryEvent[];
    },
  };
}

// Many instances say the same: together they take a fraction of the room.
const instancesPerEntry = 64;

/** All instances, changed only by journal entries: the same entries always give the same table. */
export class InstanceTable {
  readonly #instances = new InstanceShelf();
  #seq = 0;

  get(instanceId: string): Instance | undefined {
    return this.#instances.get(instanceId);
  }

  all(): IterableIterator<Instance> {
    return this.#instances.values();
  }

  /** Entries that give the present state all by themselves. */
  *snapshot(): Generator<Entry> {
    yield { t: 'seq', seq: this.#seq };
    let block: Instance[] = [];
    for (const instance of this.#instances.values()) {
      block.push(instance);
      if (block.length < instancesPerEntry) continue;
      yield { t: 'instances', packed: base64Of(packed(block)) };
      block = [];
    }
    if (block.length > 0) yield { t: 'instances', packed: base64Of(packed(block)) };
  }

  /** Applies an entry; returns the ids of the instances that have something to do now. */
  apply(entry: Entry): readonly string[] {
    switch (entry.t) {
      case 'send':
        return this.#deliver(entry.message);
      case 'turn':
        return this.#applyTurn(entry);
      case 'purge':
        this.#instances.delete(entry.instanceId);
        return [];
      case 'seq':
        this.#seq = entry.seq;
        return [];
      case 'instance':
        this.#instances.set(entry.instance.instanceId, entry.instance);
        return [entry.instance.instanceId];
      case 'instances': {
        // What this program has packed is what it unpacks.
        const block = unpacked(textOf(entry.packed)) as readonly Instance[];
        for (const instance of block) this.#instances.set(instance.instanceId, instance);
        return block.map(({ instanceId }) => instanceId);
      }
    }
  }

  #applyTurn(entry: Extract<Entry, { t: 'turn' }>): readonly string[] {
    const instance = this.#instances.get(entry.instanceId);
    if (instance?.executionId !== entry.executionId) return [];
    const consumed = new Set(entry.consumed);
    const left = isTerminal(entry.status)
      ? []
      : instance.inbox.filter(({ seq }) => !consumed.has(seq));
    const changed: Instance = {
      ...instance,
      status: entry.status,
      customStatus: entry.customStatus,
      output: entry.output,
      updatedAtMs: entry.atMs,
      history: [...instance.history, ...entry.events],
      inbox: left,
      cancelledTimers: [...instance.cancelledTimers, ...entry.cancelledTimers],
    };
    const { next } = entry;
    if (next === undefined) {
      this.#instances.set(entry.instanceId, changed);
    } else {
      const start = { ...instance, executionId: next.executionId, input: next.input };
      this.#instances.set(entry.instanceId, {
        ...changed,
        executionId: next.executionId,
        input: next.input,
        history: [],
        cancelledTimers: [],
        // What was meant for the execution that has gone is dropped; events go on.
        inbox: [
          { seq: this.#nextSeq(), event: executionStarted(start, entry.atMs) },
          ...next.carriedOver.map((event) => ({ seq: this.#nextSeq(), event })),
          ...left.filter(({ executionId }) => executionId === undefined),
        ],
      });
    }
    return [entry.instanceId, ...entry.outgoing.flatMap((message) => this.#deliver(message))];
  }

  #deliver(message: Outgoing): readonly string[] {
    if (message.kind === 'start') {
      const { start, atMs } = message;
      const existing = this.#instances.get(start.instanceId);
      if (existing !== undefined && !isTerminal(existing.status))
        return this.#deliver(alreadyThere(start, existing, atMs));
      this.#instances.set(start.instanceId, {
        ...start,
        status: 'Pending',
        customStatus: null,
        output: null,
        createdAtMs: atMs,
        updatedAtMs: atMs,
        history: [],
        inbox: [{ seq: this.#nextSeq(), event: executionStarted(start, atMs) }],
        cancelledTimers: [],
      });
      return [start.instanceId];
    }
    const { to, executionId, event } = message;
    const instance = this.#instances.get(to);
    if (instance === undefined || isTerminal(instance.status)) return [];
    if (executionId !== undefined && executionId !== instance.executionId) return [];
    const inbox = [
      ...instance.inbox,
      { seq: this.#nextSeq(), event, ...(executionId === undefined ? {} : { executionId }) },
    ];
    this.#instances.set(to, { ...instance, inbox });
    return [to];
  }

  #nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }
}

function base64Of(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}

function textOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

/** A parent whose child's id is taken hears of it as a failure; anybody else is told before it comes to this. */
function alreadyThere({ parent }: Start, { status }: Instance, atMs: number): Outgoing {
  return {
    kind: 'event',
    to: parent?.instanceId ?? '',
    ...(parent === null ? {} : { executionId: parent.executionId }),
    event: {
      EventType: eventTypes.subOrchestrationFailed,
      EventId: -1,
      Timestamp: new Date(atMs).toISOString(),
      TaskScheduledId: parent?.taskScheduledId ?? -1,
      Reason: `An Orchestration instance with the status ${status} already exists.`,
      Details: '',
    },
  };
}

function executionStarted(start: Start, atMs: number): HistoryEvent {
  const { parent } = start;
  return {
    EventType: eventTypes.executionStarted,
    EventId: -1,
    Timestamp: new Date(atMs).toISOString(),
    Name: start.name,
    Version: start.version === '' ? null : start.version,
    Input: start.input,
    OrchestrationInstance: { InstanceId: start.instanceId, ExecutionId: start.executionId },
    ParentInstance:
      parent === null
        ? null
        : {
            Name: parent.name,
            Version: '',
            TaskScheduleId: parent.taskScheduledId,
            OrchestrationInstance: {
              InstanceId: parent.instanceId,
              ExecutionId: parent.executionId,
            },
          },
  };
}
