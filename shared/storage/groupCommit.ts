interface Waiting<Item> {
  readonly item: Item;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Groups single writes into fewer, larger ones. Items that arrive while a write of the same key is
 * in progress are written together afterwards, in order, at most `most` at a time. Each promise
 * resolves with the write of its item.
 */
export function groupCommit<Item>(
  most: number,
  write: (key: string, items: readonly Item[]) => Promise<void>,
): (key: string, item: Item) => Promise<void> {
  const underWay = new Map<string, Waiting<Item>[]>();
  const run = async (key: string, queue: Waiting<Item>[]): Promise<void> => {
    for (let group = queue.splice(0, most); group.length > 0; group = queue.splice(0, most)) {
      try {
        await write(
          key,
          group.map(({ item }) => item),
        );
        for (const { written } of group) written();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    underWay.delete(key);
  };
  return (key, item) =>
    new Promise((written, failed) => {
      const queue = underWay.get(key);
      const waiting: Waiting<Item> = { item, written, failed };
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      const own = [waiting];
      underWay.set(key, own);
      void run(key, own);
    });
}
