/** What to look at when Graph does not let the app read SharePoint tasks in the source tenant; an empty string when that says nothing. */
export function sourceAccessAdvice(httpStatus: number): string {
  switch (httpStatus) {
    case 401:
      return 'the token was not taken: check SOURCE_TENANT_ID and SOURCE_CREDENTIAL';
    case 403:
      return 'the token lacks what it needs: grant the app the application permissions SharePointCrossTenantMigration.Read.All and SharePointCrossTenantMigration.Manage.All in the source tenant, with admin consent';
    case 422:
      return 'the tenants do not trust each other yet: set up the cross-tenant relationship of SharePoint on both sides';
    default:
      return '';
  }
}
