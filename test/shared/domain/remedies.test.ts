import { describe, expect, it } from 'vitest';
import { remedyFor } from '../../../shared/domain/remedies.ts';

describe('remedyFor', () => {
  it('knows a published code, classes an unknown one by its prefix, and never says nothing', () => {
    expect(remedyFor('CTM-100')).toContain('identity mapping');
    expect(remedyFor('EXCH-99')).toContain('Exchange admin');
    expect(remedyFor('MnATrustSomethingNew')).toContain('trust');
    expect(remedyFor('MnASomethingNew')).toContain('SharePoint');
    expect(remedyFor('')).toContain('support');
  });
});
