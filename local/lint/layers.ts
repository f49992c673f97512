/** A folder and the other folders that it may import from. */
export interface Layer {
  readonly layer: string;
  readonly from: readonly string[];
}

/**
 * Which folder may import from which: the arrows of the design, one line a layer. A folder may always import from itself.
 * `domain` and `contracts` do no input or output; nothing that is deployed imports from local/ or test/.
 */
export const layers: readonly Layer[] = [
  { layer: 'shared/contracts', from: [] },
  { layer: 'shared/domain', from: ['shared/contracts'] },
  { layer: 'shared/config', from: ['shared/contracts', 'shared/domain'] },
  { layer: 'shared/graph', from: ['shared/contracts', 'shared/domain', 'shared/config'] },
  { layer: 'shared/storage', from: ['shared/contracts', 'shared/domain', 'shared/config'] },
  { layer: 'shared/http', from: ['shared/contracts', 'shared/domain', 'shared/storage'] },
  {
    layer: 'shared/intake',
    from: ['shared/contracts', 'shared/domain', 'shared/storage', 'shared/http'],
  },
  { layer: 'shared/telemetry', from: ['shared/contracts', 'shared/domain', 'shared/config'] },
  // A folder of shared/ that has no line of its own yet; what has one cannot import from it.
  { layer: 'shared', from: ['shared'] },
  { layer: 'orchestrations/activities', from: ['shared'] },
  { layer: 'orchestrations', from: ['shared', 'orchestrations/activities'] },
  { layer: 'functions', from: ['shared', 'orchestrations', 'orchestrations/activities'] },
  { layer: 'local', from: ['shared'] },
  {
    layer: 'test',
    from: ['shared', 'orchestrations', 'orchestrations/activities', 'functions', 'local', 'bench'],
  },
  // The measurements use the test's worlds, and the tests repeat those measurements that count.
  {
    layer: 'bench',
    from: ['shared', 'orchestrations', 'orchestrations/activities', 'functions', 'local', 'test'],
  },
];

/** The layer that a path of the project (with slashes) belongs to: the longest that fits. */
export function layerOf(path: string): Layer | undefined {
  return layers
    .filter(({ layer }) => path.startsWith(`${layer}/`))
    .sort((a, b) => b.layer.length - a.layer.length)[0];
}

/** True when a file of the project may import another. */
export function mayImport(importer: string, imported: string): boolean {
  const own = layerOf(importer);
  const other = layerOf(imported);
  if (own === undefined || other === undefined || own === other) return true;
  return own.from.some(
    (allowed) => other.layer === allowed || other.layer.startsWith(`${allowed}/`),
  );
}
