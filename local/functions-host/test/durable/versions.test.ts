import type { OrchestrationContext } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { compareVersions } from '../../durable/durableSettings.ts';
import { temporaryDir } from '../temporaryDir.ts';
import { df, type EngineUnderTest, openEngine } from './engineHarness.ts';

df.app.activity('probe', { handler: () => undefined });
df.app.orchestration('waitsForGo', function* (context: OrchestrationContext) {
  yield context.df.waitForExternalEvent('go');
  return context.df.version;
});
df.app.orchestration('family', function* (context: OrchestrationContext) {
  const byDefault: unknown = yield context.df.callSubOrchestrator('versioned');
  const named: unknown = yield context.df.callSubOrchestrator('versioned', null, 'named', '1.4');
  return [context.df.version, byDefault, named];
});
df.app.orchestration('generations', function* (context: OrchestrationContext) {
  yield context.df.callActivity('probe');
  if (context.df.getInput() === null) context.df.continueAsNew({ again: true });
  return context.df.version;
});
df.app.orchestration('versioned', function* (context: OrchestrationContext) {
  yield context.df.callActivity('probe');
  return context.df.version;
});

let engine: EngineUnderTest;
afterEach(() => engine.stop());

describe('versions', () => {
  const startAs = async (
    version: string,
    settings: Record<string, unknown>,
  ): Promise<{ runtimeStatus: string; output: unknown }> => {
    engine = await openEngine({ settings: { defaultVersion: '1.9', ...settings } });
    await engine.call('POST', `orchestrators/versioned/it?version=${version}`);
    await engine.settle();
    return engine.status('it');
  };

  it.each([
    ['1.10', { versionMatchStrategy: 'None' }, 'Completed'],
    ['1.9', { versionMatchStrategy: 'Strict' }, 'Completed'],
    ['1.8', { versionMatchStrategy: 'Strict', versionFailureStrategy: 'Fail' }, 'Failed'],
    [
      '1.8',
      { versionMatchStrategy: 'CurrentOrOlder', versionFailureStrategy: 'Fail' },
      'Completed',
    ],
    ['1.10', { versionMatchStrategy: 'CurrentOrOlder', versionFailureStrategy: 'Fail' }, 'Failed'],
    [
      '1.10',
      { versionMatchStrategy: 'CurrentOrOlder', versionFailureStrategy: 'Reject' },
      'Pending',
    ],
    ['1.10', {}, 'Pending'],
    ['1.8', {}, 'Completed'],
  ])('%s under %o is %s', async (version, settings, status) => {
    expect((await startAs(version, settings)).runtimeStatus).toBe(status);
  });

  it.each([
    ['', '', 0],
    ['', '1', -1],
    ['1', '', 1],
    ['1', '2', -1],
    ['1.9', '1.10', -1],
    ['1.0', '1.0.0', -1],
    ['2.0.0.1', '2.0.0', 1],
    // A single number is no version in .NET: such texts are compared as text.
    ['10', '9', -1],
    ['10.0', '9.0', 1],
    ['v1', 'V1', 0],
    ['1.0-beta', '1.0-alpha', 1],
  ])('%s against %s is %i', (one, other, sign) => {
    expect(Math.sign(compareVersions(one, other))).toBe(sign);
  });

  it('gives a sub-orchestration the version of the call, or the host’s, but not its parent’s', async () => {
    engine = await openEngine({ settings: { defaultVersion: '1.9' } });
    await engine.call('POST', 'orchestrators/family/it?version=1.2');
    await engine.settle();
    expect((await engine.status('it')).output).toEqual(['1.2', '1.9', '1.4']);
  });

  it('does not change the version at continue-as-new', async () => {
    engine = await openEngine({ settings: { defaultVersion: '1.9' } });
    await engine.call('POST', 'orchestrators/generations/it?version=1.2');
    await engine.settle();
    expect((await engine.status('it')).output).toBe('1.2');
  });

  it('runs an instance that was started before the app had a version, without a version', async () => {
    const dataDir = temporaryDir();
    engine = await openEngine({ dataDir });
    await engine.start('waitsForGo', null, 'it');
    await engine.host.idle();
    await engine.stop();
    engine = await openEngine({ dataDir, settings: { defaultVersion: '1' } });
    await engine.call('POST', 'instances/it/raiseEvent/go', null);
    await engine.settle();
    expect(await engine.status('it')).toMatchObject({ runtimeStatus: 'Completed', output: null });
  });

  it('does not run an instance of a newer version until a host of that version runs', async () => {
    const dataDir = temporaryDir();
    engine = await openEngine({ dataDir, settings: { defaultVersion: '2' } });
    await engine.start('waitsForGo', null, 'it');
    await engine.host.idle();
    await engine.stop();
    engine = await openEngine({ dataDir, settings: { defaultVersion: '1' } });
    await engine.call('POST', 'instances/it/raiseEvent/go', null);
    await engine.settle();
    expect((await engine.status('it')).runtimeStatus).toBe('Running');
    await engine.stop();
    engine = await openEngine({ dataDir, settings: { defaultVersion: '2' } });
    await engine.settle();
    expect(await engine.status('it')).toMatchObject({ runtimeStatus: 'Completed', output: '2' });
  });

  it('gives an instance the version of its start, or the default', async () => {
    engine = await openEngine({
      settings: { defaultVersion: '1.0', versionMatchStrategy: 'None' },
    });
    const byDefault = await engine.start('versioned');
    const response = await engine.call('POST', 'orchestrators/versioned/mine?version=2.1');
    await engine.host.idle();
    expect(response.status).toBe(202);
    expect((await engine.status(byDefault)).output).toBe('1.0');
    expect((await engine.status('mine')).output).toBe('2.1');
  });
});
