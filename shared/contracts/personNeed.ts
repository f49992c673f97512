import { z } from 'zod';

/** Why a batch needs a person, in one word. */
export const personNeedSchema = z.enum([
  'adminActionRequired',
  'unknownStatus',
  'notCuttingOver',
  'invalidUsers',
  'outOfSight',
]);
export type PersonNeed = z.infer<typeof personNeedSchema>;
