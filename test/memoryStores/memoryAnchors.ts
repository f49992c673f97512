import {
  anchorBlobName,
  anchorLine,
  anchorMonth,
  type AnchorStore,
} from '../../shared/storage/blobs.ts';

/** Creates the anchor store in memory. */
export function memoryAnchors(): AnchorStore {
  const anchors = new Map<string, string>();
  return {
    append: (anchor) => {
      const name = anchorBlobName(anchorMonth(anchor), 1);
      anchors.set(name, (anchors.get(name) ?? '') + anchorLine(anchor));
      return Promise.resolve();
    },
    list: () =>
      Promise.resolve(
        [...anchors.keys()].sort().map((name) => ({ name, text: anchors.get(name) ?? '' })),
      ),
  };
}
