/** What a registration returns: `dispose` undoes it, once. */
export class Disposable {
  #undo: (() => void) | undefined;

  constructor(undo: () => void) {
    this.#undo = undo;
  }

  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  dispose(): void {
    const undo = this.#undo;
    this.#undo = undefined;
    undo?.();
  }
}
