/**
 * The paths that patterns name, as a tree of their parts. An event is read along it: what no pattern names is passed over.
 * A key with dots in it is as many parts, so a node also knows the keys that an event may have joined from several.
 */
export interface PathNode {
  /** The number of the path that ends here, or -1. */
  readonly path: number;
  /** The keys that lead on from here, and where to, in one order. */
  readonly keys: readonly string[];
  /** The same keys in UTF-8. */
  readonly bytes: readonly Uint8Array[];
  readonly nodes: readonly PathNode[];
  readonly byKey: ReadonlyMap<string, PathNode>;
}

const encoder = new TextEncoder();

/** Builds the tree of the paths; each has its place in the list as number. */
export function pathTree(paths: readonly string[]): PathNode {
  const root: Growing = { path: -1, children: new Map() };
  paths.forEach((path, number) => {
    let node = root;
    for (const part of path.split('.')) {
      const next = node.children.get(part) ?? { path: -1, children: new Map() };
      node.children.set(part, next);
      node = next;
    }
    node.path = number;
  });
  return settle(root, paths.some(hasEmptyPart));
}

interface Growing {
  path: number;
  readonly children: Map<string, Growing>;
}

/** EventBridge looks into an empty key only if a path has an empty part that is not at its end. */
function hasEmptyPart(path: string): boolean {
  return path === '' || path.replace(/\.+$/, '').split('.').slice(0, -1).includes('');
}

function settle({ path, children }: Growing, takesEmptyKey: boolean): PathNode {
  const byKey = new Map<string, PathNode>();
  for (const [name, child] of children) {
    const node = settle(child, takesEmptyKey);
    if (name !== '' || takesEmptyKey) byKey.set(name, node);
    for (const [rest, below] of node.byKey) byKey.set(`${name}.${rest}`, below);
    // Joined to another part an empty one counts, wherever it stands.
    const empty = child.children.get('');
    if (empty !== undefined && !takesEmptyKey) byKey.set(`${name}.`, settle(empty, takesEmptyKey));
  }
  const keys = [...byKey.keys()];
  return { path, keys, bytes: keys.map((key) => encoder.encode(key)), nodes: [...byKey.values()], byKey };
}
