import { describe, expect, it } from 'vitest';
import { bindingData, resolveExpressions } from '../../invocation/bindingExpressions.ts';

describe('binding expressions', () => {
  const message = bindingData(
    { string: '{"tenant":"contoso","nested":{"id":5}}' },
    { QueueTrigger: { string: 'all of it' }, DequeueCount: { json: '2' } },
  );

  it('name metadata and the members of a JSON message, in any case', () => {
    expect(resolveExpressions('{queueTrigger}-{dequeueCount}-{TENANT}-{nested.id}', message)).toBe(
      'all of it-2-contoso-5',
    );
  });

  it('create GUIDs and instants', () => {
    expect(resolveExpressions('{rand-guid}', {})).toMatch(/^[0-9a-f-]{36}$/);
    expect(Date.parse(resolveExpressions('{DateTime}', {}))).not.toBeNaN();
  });

  it('fail when there is no value', () => {
    expect(() => resolveExpressions('a-{missing}', message)).toThrow(
      'the binding expression {missing} has no value',
    );
  });
});
