import { describe, expect, it } from 'vitest';
import { eventTypes } from '../../durable/historyEvent.ts';
import type { Entry, Outgoing } from '../../durable/instance.ts';
import { InstanceTable } from '../../durable/instanceTable.ts';

const Timestamp = '2026-11-20T08:00:00.000Z';
const begin: Entry = {
  t: 'send',
  message: {
    kind: 'start',
    atMs: 0,
    start: {
      instanceId: 'it',
      executionId: 'first',
      name: 'any',
      version: '',
      input: null,
      parent: null,
    },
  },
};
const raised: Outgoing = {
  kind: 'event',
  to: 'it',
  event: { EventType: eventTypes.eventRaised, EventId: -1, Timestamp, Name: 'go', Input: '1' },
};
const fired: Outgoing = {
  kind: 'event',
  to: 'it',
  executionId: 'first',
  event: { EventType: eventTypes.timerFired, EventId: -1, Timestamp, TimerId: 0 },
};
const turn: Extract<Entry, { t: 'turn' }> = {
  t: 'turn',
  instanceId: 'it',
  executionId: 'first',
  consumed: [1],
  events: [],
  status: 'Running',
  customStatus: null,
  output: null,
  atMs: 0,
  cancelledTimers: [],
  outgoing: [],
};
const asNew: Entry = { ...turn, next: { executionId: 'second', input: null, carriedOver: [] } };

function inboxAfter(...entries: Entry[]): (number | undefined)[] {
  const table = new InstanceTable();
  for (const entry of entries) table.apply(entry);
  return table.get('it')?.inbox.map(({ event }) => event.EventType) ?? [];
}

describe('unread messages when an instance continues as new', () => {
  it('stay when they are events, and are dropped when they are results of the former execution', () => {
    expect(
      inboxAfter(begin, { t: 'send', message: raised }, { t: 'send', message: fired }, asNew),
    ).toEqual([eventTypes.executionStarted, eventTypes.eventRaised]);
    expect(
      inboxAfter(begin, asNew, { t: 'send', message: fired }, { t: 'send', message: raised }),
    ).toEqual([eventTypes.executionStarted, eventTypes.eventRaised]);
  });

  it('are dropped after a purge, even when a turn was running', () => {
    expect(
      inboxAfter(begin, { t: 'purge', instanceId: 'it' }, turn, { t: 'send', message: raised }),
    ).toEqual([]);
  });
});

describe('a snapshot', () => {
  it('produces the same table, also after more entries', () => {
    const original = new InstanceTable();
    const entries: Entry[] = [begin, { t: 'send', message: raised }, turn];
    for (const entry of entries) original.apply(entry);
    const copy = new InstanceTable();
    for (const entry of original.snapshot()) copy.apply(JSON.parse(JSON.stringify(entry)) as Entry);
    for (const table of [original, copy]) table.apply({ t: 'send', message: raised });
    expect(copy.get('it')).toEqual(original.get('it'));
  });
});
