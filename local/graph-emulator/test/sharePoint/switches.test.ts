import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SteppedClock } from '../../../clock/steppedClock.ts';
import { minute } from '../testGraph.ts';
import { refusalOf, siteParameters, TestSharePoint, userParameters } from './testSharePoint.ts';

// The variants that the other tests do not use.
describe('the other variant of', () => {
  it('trust: none, so that every operation is 422', async () => {
    const sharePoint = new TestSharePoint({ sharePoint: { switches: { noTrust: true } } });
    const expected = [422, 'invalidRequest', 'MnATrustNoSetupForPartner'];
    expect(refusalOf(await sharePoint.create(siteParameters()))).toEqual(expected);
    expect(refusalOf(await sharePoint.get('/3ed6d46d-13a3-4995-b6ea-a74a20b1fac0'))).toEqual(
      expected,
    );
    expect(
      refusalOf(
        await sharePoint.get("/getBySourceGroupMailNickname(sourceGroupMailNickname='sales')"),
      ),
    ).toEqual(expected);
    expect(refusalOf(await sharePoint.cancel('3ed6d46d-13a3-4995-b6ea-a74a20b1fac0'))).toEqual(
      expected,
    );
  });

  it('farms: the same, so that creates are 501', async () => {
    const sharePoint = new TestSharePoint({ sharePoint: { switches: { sameFarm: true } } });
    expect(refusalOf(await sharePoint.create(siteParameters()))).toEqual([
      501,
      'notSupported',
      'MnAPartnersOnTheSameFarm',
    ]);
    expect(
      (
        await sharePoint.get(
          "/getBySourceSiteUrl(sourceSiteUrl='https://contoso.sharepoint.com/sites/IT')",
        )
      ).status,
    ).toBe(404);
  });

  it('a repeated create: 422 until the task has ended', async () => {
    const sharePoint = new TestSharePoint({
      sharePoint: { switches: { refuseRepeatedCreate: true } },
    });
    await sharePoint.created();
    expect(refusalOf(await sharePoint.create(userParameters()))).toEqual([
      422,
      'invalidRequest',
      'MnASiteMoveIsInprogressOrFinished',
    ]);
    sharePoint.advance(70);
    expect((await sharePoint.create(userParameters())).status).toBe(200);
  });

  it('a failed validation: 200 with the error', async () => {
    const invalid = {
      code: 'MnATargetUserDoesNotExist',
      message: 'The target user does not exist.',
    };
    const sources = [
      { source: '^lee@', invalid },
      { source: '^kim@', refused: 'accessDenied' },
    ];
    const sharePoint = new TestSharePoint({
      sharePoint: { sources, switches: { failedValidationReturnsOk: true } },
    });
    const parameters = userParameters('lee', { validateOnly: true });
    const reply = await sharePoint.create(parameters);
    expect([reply.status, reply.body]).toEqual([
      200,
      {
        '@odata.context': expect.any(String) as string,
        status: 'failed',
        error: invalid,
        parameters,
      },
    ]);
    expect(
      (await sharePoint.create(userParameters('kim', { validateOnly: true }))).body,
    ).toMatchObject({ status: 'failed', error: { code: 'accessDenied' } });
    expect((await sharePoint.create(userParameters('kim'))).status).toBe(403);
    expect((await sharePoint.create({ ...parameters, '@odata.type': 'none' })).status).toBe(400);
  });

  it('the error of a task: a list', async () => {
    const sharePoint = new TestSharePoint({
      sharePoint: {
        sources: [{ source: 'IT', failed: { code: 'MnAMoveJobCreationFailed' } }],
        switches: { errorsAsList: true },
      },
    });
    const id = await sharePoint.created(siteParameters());
    sharePoint.advance(70);
    const { body } = await sharePoint.get(`/${id}`);
    expect(body).toMatchObject({
      status: 'failed',
      errors: [{ code: 'MnAMoveJobCreationFailed', message: 'set by the scenario' }],
    });
    expect(body).not.toHaveProperty('error');
  });

  it.each(['success', 'Completed'])('the end of a task: %s', async (completedSpelling) => {
    const sharePoint = new TestSharePoint({ sharePoint: { switches: { completedSpelling } } });
    expect(
      (await sharePoint.create(siteParameters('b', { validateOnly: true }))).body,
    ).toMatchObject({ status: completedSpelling });
    const id = await sharePoint.created();
    sharePoint.advance(70);
    expect(await sharePoint.status(id)).toBe(completedSpelling);
    expect(await sharePoint.created()).not.toBe(id);
  });

  it('instants: months of one digit', async () => {
    const clock = new SteppedClock(Date.parse('2026-07-08T09:08:04.451Z') - 10 * minute);
    const sharePoint = new TestSharePoint({
      clock,
      sharePoint: { switches: { unpaddedMonths: true } },
    });
    const id = await sharePoint.created();
    sharePoint.advance(10);
    expect(await sharePoint.task(id)).toMatchObject({
      startedDateTime: '2026-7-08T09:08:04.451Z',
      lastUpdatedDateTime: '2026-7-08T09:08:04.451Z',
    });
  });

  it('blanks: unchanged', async () => {
    const directory = [
      { id: 'da157a29-f793-4dd6-9c73-41d2c73c2546', userPrincipalName: 'lee@contoso.com' },
    ];
    const sharePoint = new TestSharePoint({
      sharePoint: { directory, switches: { fillInIdentities: false, defaultDataLocation: null } },
    });
    const parameters = userParameters('lee', {
      targetDataLocationCode: null,
      sourceUserIdentity: { id: 'da157a29-f793-4dd6-9c73-41d2c73c2546' },
    });
    const reply = await sharePoint.create(parameters);
    expect(z.looseObject({ parameters: z.unknown() }).parse(reply.body).parameters).toEqual(
      parameters,
    );
  });

  it('blanks: another data location, only where null was given', async () => {
    const sharePoint = new TestSharePoint({
      sharePoint: { switches: { defaultDataLocation: 'JPN' } },
    });
    expect(
      (await sharePoint.create(siteParameters('a', { targetDataLocationCode: null }))).body,
    ).toMatchObject({ parameters: { targetDataLocationCode: 'JPN' } });
    expect(
      (await sharePoint.create(siteParameters('b', { targetDataLocationCode: 'NAM' }))).body,
    ).toMatchObject({ parameters: { targetDataLocationCode: 'NAM' } });
    expect((await sharePoint.create(siteParameters('c'))).text).not.toContain(
      'targetDataLocationCode',
    );
  });
});
