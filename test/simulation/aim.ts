import { allFaultKinds, type FaultCell } from '../../local/graph-emulator/index.ts';
import { cells } from './faultTable.ts';
import { SeededRandom } from './seededRandom.ts';

/** A fault that a run is built around. */
export type Aim = FaultCell;

// Neighbours in the table are much alike; a share of a few runs is to see a bit of everything.
const places = new SeededRandom(allFaultKinds.length, 'places');
const inTurn: readonly Aim[] = cells
  .map((cell) => ({ cell, place: places.fraction() }))
  .sort((a, b) => a.place - b.place)
  .map(({ cell }) => cell);

/** Every run is built around a fault: as many runs in a row as there are cells take each of them in turn. */
export function aimOf(seed: number): Aim {
  const aim = inTurn[seed % inTurn.length];
  if (aim === undefined) throw new RangeError('there is no fault to aim at');
  return aim;
}
