import { describe, expect, it } from 'vitest';
import { codesOf } from '../testGraph.ts';
import {
  after,
  groupParameters,
  refusalOf,
  siteParameters,
  TestSharePoint,
  userParameters,
} from './testSharePoint.ts';

const site = 'https://contoso.sharepoint.com/sites/IT';

describe('a task is found', () => {
  it.each([
    [
      'by its user',
      userParameters(),
      "/getBySourceUserPrincipalName(sourcePrincipalName='lee@contoso.com')",
    ],
    [
      'by its user, percent-encoded',
      userParameters(),
      `/getBySourceUserPrincipalName(sourcePrincipalName='${encodeURIComponent('lee@contoso.com')}')`,
    ],
    [
      'in any case',
      userParameters(),
      "/GETBYSourceUserPrincipalName(SourcePrincipalname='Lee@CONTOSO.com')",
    ],
    [
      'by its qualified function',
      userParameters(),
      "/microsoft.graph.getBySourceUserPrincipalName(sourcePrincipalName='lee@contoso.com')",
    ],
    [
      "by a user's apostrophe",
      userParameters("o'neil"),
      "/getBySourceUserPrincipalName(sourcePrincipalName='o''neil@contoso.com')",
    ],
    [
      "by a user's encoded apostrophe",
      userParameters("o'neil"),
      '/getBySourceUserPrincipalName(sourcePrincipalName=%27o%27%27neil%40contoso.com%27)',
    ],
    ['by a site, raw', siteParameters(), `/getBySourceSiteUrl(sourceSiteUrl='${site}')`],
    [
      'by a site, percent-encoded',
      siteParameters(),
      `/getBySourceSiteUrl(sourceSiteUrl='${encodeURIComponent(site)}')`,
    ],
    [
      'by a site, all of it encoded',
      siteParameters(),
      `/getBySourceSiteUrl${encodeURIComponent(`(sourceSiteUrl='${site}')`)}`,
    ],
    [
      'by a site with a slash at its end',
      siteParameters(),
      `/getBySourceSiteUrl(sourceSiteUrl='${site}/')`,
    ],
    [
      'by its group',
      groupParameters(),
      "/getBySourceGroupMailNickname(sourceGroupMailNickname='sales')",
    ],
  ])('%s', async (_what, parameters, path) => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created(parameters);
    await sharePoint.created(siteParameters('other'));
    const found = await sharePoint.get(path);
    expect([found.status, found.body]).toMatchObject([200, { id, parameters }]);
    expect(found.body).toEqual((await sharePoint.get(`/${id}`)).body);
    expect((await sharePoint.get(`('${id.toUpperCase()}')`)).body).toEqual(found.body);
  });

  it('with the chosen members alone', async () => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created();
    const path =
      "/getBySourceUserPrincipalName(sourcePrincipalName='lee@contoso.com')?$select=id,Status,startedDateTime";
    const context = { '@odata.context': expect.any(String) as string };
    expect((await sharePoint.get(path)).body).toEqual({ ...context, id, status: 'notStarted' });
    sharePoint.advance(15);
    expect((await sharePoint.get(path)).body).toEqual({
      ...context,
      id,
      status: 'inProgress',
      startedDateTime: after(10),
    });
    const wrong = await sharePoint.get(`/${id}?$select=id,colour`);
    expect([wrong.status, wrong.text]).toEqual([
      400,
      expect.stringContaining("'colour'") as string,
    ]);
  });
});

describe('a lookup is refused', () => {
  it.each([
    ["/getBySourceUserPrincipalName(sourcePrincipalName='kim@contoso.com')", 404, 'itemNotFound'],
    [
      "/getBySourceSiteUrl(sourceSiteUrl='https://contoso.sharepoint.com/sites/none')",
      404,
      'itemNotFound',
    ],
    ["/getBySourceGroupMailNickname(sourceGroupMailNickname='none')", 404, 'itemNotFound'],
    ['/3ed6d46d-13a3-4995-b6ea-a74a20b1fac0', 404, 'itemNotFound'],
    ['/none', 404, 'itemNotFound'],
    ['/getBySourceUserPrincipalName(sourcePrincipalName=lee@contoso.com)', 400, 'invalidRequest'],
    ["/getBySourceUserPrincipalName(sourcePrincipalName='lee@contoso.com", 400, 'BadRequest'],
    [
      "/getBySourceUserPrincipalName(sourcePrincipalName='o'neil@contoso.com')",
      400,
      'invalidRequest',
    ],
    [
      "/getBySourceUserPrincipalName(sourceUserPrincipalName='lee@contoso.com')",
      400,
      'invalidRequest',
    ],
    ["/getBySourceSiteUrl(sourceSiteUrl='')", 400, 'invalidRequest'],
    ['/getBySourceSiteUrl()', 400, 'invalidRequest'],
    ['/getBySourceSiteUrl', 400, 'invalidRequest'],
    ["/getBySourceColour(sourceColour='red')", 400, 'BadRequest'],
    ['/%ZZ', 400, 'BadRequest'],
  ])('for %s', async (path, status, code) => {
    const sharePoint = new TestSharePoint();
    await sharePoint.created();
    const reply = await sharePoint.get(path);
    expect([reply.status, codesOf(reply)[0]]).toEqual([status, code]);
  });

  it('with a single apostrophe', async () => {
    const sharePoint = new TestSharePoint();
    // A user whose name would end the text of another one's lookup.
    await sharePoint.created(userParameters("x' or '"));
    expect(
      refusalOf(
        await sharePoint.get(
          "/getBySourceUserPrincipalName(sourcePrincipalName='x' or '@contoso.com')",
        ),
      ),
    ).toEqual([400, 'invalidRequest']);
  });

  it('without quotes, but for the switch', async () => {
    const sharePoint = new TestSharePoint({ sharePoint: { switches: { unquotedLookups: true } } });
    const id = await sharePoint.created();
    expect(
      (await sharePoint.get('/getBySourceUserPrincipalName(sourceprincipalname=lee@contoso.com)'))
        .body,
    ).toMatchObject({ id });
  });
});
