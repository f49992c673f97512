/** What to look at when Graph does not let the app read jobs in the target tenant; an empty string when that says nothing. */
export function accessAdvice(httpStatus: number): string {
  switch (httpStatus) {
    case 401:
      return 'the token was not taken: check TARGET_TENANT_ID and TARGET_CREDENTIAL';
    case 403:
      return 'the token lacks what it needs: grant the app the application permission CrossTenantContentMigration.ReadWrite.All in the target tenant, with admin consent; if it has it, the tenant does not let apps use this API yet';
    case 404:
      return 'the tenant does not have this API: check GRAPH_BASE_URL and GRAPH_JOBS_VERSION';
    default:
      return '';
  }
}
