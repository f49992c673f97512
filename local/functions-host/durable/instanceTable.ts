import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Entry, type Instance, isTerminal, type Outgoing, type Start } from './instance.ts';

// Texts that histories repeat. The most frequent ones are last, where a reference to them is
// shortest.
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
// A small window and little memory: the texts are short, and each call allocates both.
const options = { dictionary, level: 4, windowBits: 13, memLevel: 6 };

/**
 * Compresses the JSON of a value to about a tenth. The result is a text with one byte per
 * character.
 */
export function pack(value: unknown): string {
  return deflateRawSync(JSON.stringify(value), options).toString('latin1');
}

/** Returns the value of a text that `pack` has created. */
export function unpack(text: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(text, 'latin1'), options).toString('utf8'));
}

const defaultUnpackedLimit = 1_000;

/**
 * Stores all instances by id, in the order of their creation. Only the instances that were used
 * last have their history unpacked in memory: most instances wait for days on a timer.
 */
export class InstanceStore {
  readonly #instances = new Map<string, Instance>();
  /** The ids of the instances with an unpacked history, the one used longest ago first. */
  readonly #unpackedIds = new Set<string>();
  readonly #unpackedLimit: number;

  constructor(unpackedLimit = defaultUnpackedLimit) {
    this.#unpackedLimit = unpackedLimit;
  }

  get(instanceId: string): Instance | undefined {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined || this.#unpackedIds.has(instanceId)) return instance;
    // Copying the members reads, and so unpacks, the history once.
    const unpackedCopy = { ...instance };
    this.set(instanceId, unpackedCopy);
    return unpackedCopy;
  }

  set(instanceId: string, instance: Instance): void {
    this.#instances.set(instanceId, instance);
    this.#unpackedIds.delete(instanceId);
    this.#unpackedIds.add(instanceId);
    for (const id of this.#unpackedIds) {
      if (this.#unpackedIds.size <= this.#unpackedLimit) return;
      this.#unpackedIds.delete(id);
      const oldest = this.#instances.get(id);
      if (oldest !== undefined) this.#instances.set(id, withPackedHistory(oldest));
    }
  }

  delete(instanceId: string): void {
    this.#instances.delete(instanceId);
    this.#unpackedIds.delete(instanceId);
  }

  /** Returns all instances. A packed history is unpacked each time it is read. */
  values(): IterableIterator<Instance> {
    return this.#instances.values();
  }
}

/** Returns a copy of an instance whose history is packed, and unpacked whenever it is read. */
function withPackedHistory(instance: Instance): Instance {
  const { history, ...rest } = instance;
  const text = pack(history);
  return {
    ...rest,
    get history() {
      // `pack` has created this text, so it is a history.
      return unpack(text) as readonly HistoryEvent[];
    },
  };
}

// Many instances have the same texts: packed together they take a fraction of the space.
const instancesPerEntry = 64;

/**
 * All instances. Only journal entries change the table, and the same entries always produce the
 * same table.
 */
export class InstanceTable {
  readonly #instances = new InstanceStore();
  #seq = 0;

  get(instanceId: string): Instance | undefined {
    return this.#instances.get(instanceId);
  }

  all(): IterableIterator<Instance> {
    return this.#instances.values();
  }

  /** Yields entries that produce the present table on their own. */
  *snapshot(): Generator<Entry> {
    yield { t: 'seq', seq: this.#seq };
    let block: Instance[] = [];
    for (const instance of this.#instances.values()) {
      block.push(instance);
      if (block.length < instancesPerEntry) continue;
      yield { t: 'instances', packed: base64Of(pack(block)) };
      block = [];
    }
    if (block.length > 0) yield { t: 'instances', packed: base64Of(pack(block)) };
  }

  /** Applies an entry and returns the ids of the instances that may have work now. */
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
        // Only `snapshot` creates this text.
        const block = unpack(textOf(entry.packed)) as readonly Instance[];
        for (const instance of block) this.#instances.set(instance.instanceId, instance);
        return block.map(({ instanceId }) => instanceId);
      }
    }
  }

  #applyTurn(entry: Extract<Entry, { t: 'turn' }>): readonly string[] {
    const instance = this.#instances.get(entry.instanceId);
    if (instance?.executionId !== entry.executionId) return [];
    const consumed = new Set(entry.consumed);
    const unread = isTerminal(entry.status)
      ? []
      : instance.inbox.filter(({ seq }) => !consumed.has(seq));
    const changed: Instance = {
      ...instance,
      status: entry.status,
      customStatus: entry.customStatus,
      output: entry.output,
      updatedAtMs: entry.atMs,
      history: [...instance.history, ...entry.events],
      inbox: unread,
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
        // Results for the former execution are dropped; events are delivered to the next one.
        inbox: [
          { seq: this.#nextSeq(), event: executionStarted(start, entry.atMs) },
          ...next.carriedOver.map((event) => ({ seq: this.#nextSeq(), event })),
          ...unread.filter(({ executionId }) => executionId === undefined),
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
        return this.#deliver(alreadyExists(start, existing, atMs));
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

/**
 * Returns the failure that a parent gets when its child's id belongs to a running instance. Other
 * callers are refused earlier.
 */
function alreadyExists({ parent }: Start, { status }: Instance, atMs: number): Outgoing {
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
