import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openClock } from '../../local/clock/clockSetting.ts';
import { createEmulator, listen, readScenario } from '../../local/graph-emulator/index.ts';

// The Graph emulator as a process that takes its time: every answer waits so many real milliseconds.
const { values } = parseArgs({
  options: {
    'latency-ms': { type: 'string', default: '50' },
    scenario: { type: 'string', default: '' },
  },
});
const latencyMs = Number(values['latency-ms']);
const emulator = createEmulator({
  scenario: readScenario(values.scenario),
  clock: openClock({ environment: process.env, speed: 1 }),
  interference: {
    after: async () => {
      await sleep(latencyMs);
      return undefined;
    },
  },
});
const listener = await listen('127.0.0.1', 0, (request) => emulator.fetch(request));
process.once('SIGTERM', () => {
  void listener.close().then(() => process.exit(0));
});
console.log(`ready ${listener.url}`);
