import { deflateRawSync, inflateRawSync } from 'node:zlib';

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
