/** The JSON of an event, line by line, with marks where it does not fit. Pure. */
export interface Difference {
  /** `data.lines.0.quantity`; empty for the whole. */
  readonly path: string;
  readonly problem: 'missing' | 'unknown' | 'invalid';
}

export interface MarkedLine {
  readonly line: string;
  readonly problem: Difference['problem'] | undefined;
}

/** What is missing is marked where it would stand: at the head of its object. A message of EventBridge has the event in `detail`. */
export function markedLines(text: string, differences: readonly Difference[]): MarkedLine[] {
  const value = parsed(text);
  if (value === undefined) return text.split('\n').map((line) => ({ line, problem: differences[0]?.problem }));
  const lines: (MarkedLine & { readonly path: string })[] = [];
  write(value, '', '', '', lines);
  const prefix = isObject(value) && isObject(value['detail']) && typeof value['detail-type'] === 'string' ? 'detail' : '';
  const marks = new Map<string, Difference['problem']>();
  for (const { path, problem } of differences) {
    const at = [prefix, path].filter((part) => part !== '').join('.');
    marks.set(lines.some((line) => line.path === at) ? at : parentOf(at, lines), problem);
  }
  return lines.map(({ line, path }) => ({ line, problem: marks.get(path) }));
}

/** The nearest that there is. */
function parentOf(path: string, lines: readonly { readonly path: string }[]): string {
  const known = new Set(lines.map((line) => line.path));
  let at = path;
  while (at !== '' && !known.has(at)) at = at.slice(0, Math.max(0, at.lastIndexOf('.')));
  return at;
}

/** Each line with the path of what begins in it; lines that only close have none that anything has. */
function write(value: unknown, path: string, name: string, indent: string, lines: (MarkedLine & { readonly path: string })[]): void {
  const put = (line: string, at: string): void => void lines.push({ line: `${indent}${line}`, problem: undefined, path: at });
  const entries = Array.isArray(value) ? value.map((one, index) => [String(index), one] as const) : isObject(value) ? Object.entries(value) : undefined;
  if (entries === undefined || entries.length === 0) return put(`${name}${JSON.stringify(value)}`, path);
  const [opens, closes] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  put(`${name}${opens}`, path);
  for (const [key, one] of entries) write(one, path === '' ? key : `${path}.${key}`, Array.isArray(value) ? '' : `${JSON.stringify(key)}: `, `${indent}  `, lines);
  put(closes ?? '', '\0');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
