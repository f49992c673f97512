/** The application permissions that the emulated APIs ask for, as they stand in a token's `roles`. */
export const permissions = [
  'CrossTenantContentMigration.Read.All',
  'CrossTenantContentMigration.ReadWrite.All',
  'SharePointCrossTenantMigration.Read.All',
  'SharePointCrossTenantMigration.Manage.All',
] as const;

export type Permission = (typeof permissions)[number];
