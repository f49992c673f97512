import { z } from 'zod';

/** The app roles of the app's registration in Entra. */
export const roleSchema = z.enum([
  'Migrations.Read',
  'Migrations.Submit',
  'Migrations.Approve',
  'Migrations.Delete',
]);
export type Role = z.infer<typeof roleSchema>;
