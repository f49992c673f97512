/** Figures of one measurement by name; the name carries the unit (`perSecond`, `wallSeconds`, `bytes`). */
export type Figures = Readonly<Record<string, number>>;

/** One of the things that a bench compares. */
export interface Side {
  readonly name: string;
  /** Measures once, in a process of its own; `runCommandId` counts from 1 and seeds whatever is drawn by lot. */
  readonly measure: (runCommandId: number) => Promise<Figures>;
}

/** What a figure of ours has to reach, by its median. */
export interface Target {
  readonly figure: string;
  /** The side that the figure is divided by; left out: the figure itself counts. `ours` stands for another figure of ours. */
  readonly against?: string;
  /** The figure to divide by where it has another name. */
  readonly againstFigure?: string;
  readonly bound: 'atLeast' | 'atMost';
  readonly value: number;
}

/** Figures that belong to a growing size, for the chart. */
export interface Growth {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly { readonly label: string; readonly figure: string }[];
}

export interface Bench {
  readonly name: string;
  /** What is measured, in a line. */
  readonly what: string;
  /** Ours is last. */
  readonly sides: readonly [...Side[], Side & { readonly name: 'ours' }];
  readonly targets: readonly Target[];
  readonly growth?: Growth;
  /** What a reader should know about how it was measured. */
  readonly note?: string;
}
