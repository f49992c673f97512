import type { Bench } from '../bench.ts';

/** How many requests a second the webhook takes. */
export const acceptHttpBench: Bench = {
  name: 'accept-http',
  what: 'requests accepted a second over HTTP (validated, claimed, stored, started), 16 connections',
  sides: [
    {
      name: 'bareHandler',
      measure: async () => {
        const { buildBareApp } = await import('../stack/buildBareApp.ts');
        const { acceptHttp } = await import('../stack/acceptHttp.ts');
        return acceptHttp({ appDir: buildBareApp(), intakeOnly: true });
      },
    },
    {
      name: 'ours',
      measure: async (runCommandId) => {
        const { acceptHttp } = await import('../stack/acceptHttp.ts');
        const intake = await acceptHttp({ intakeOnly: true });
        if (runCommandId > 1) return intake;
        return {
          ...intake,
          acceptedPerSecondWhileMigrating:
            (await acceptHttp({ intakeOnly: false }))['acceptedPerSecond'] ?? NaN,
        };
      },
    },
  ],
  targets: [{ figure: 'acceptedPerSecond', against: 'bareHandler', bound: 'atLeast', value: 0.6 }],
  note: 'Both on the local host with its journal on disk. Ours keeps claim, request and row in the storage emulator, the bare handler checks and keeps nothing. While migrating: the migrations that were accepted go on in the same process; else they wait, as their instances are others in Azure.',
};
