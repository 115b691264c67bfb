/**
 * The paths by which a target takes values out of an event: `$`, then members (`.name`), array elements (`[0]`) and all
 * children (`.*`, `[*]`). Any other form of JSONPath is no path here; EventBridge refuses quoted members (`['name']`), too.
 */
import { isScalar } from './spelled-json.ts';

type Step = { readonly member: string } | { readonly element: number } | 'children';
export type JsonPath = readonly Step[];

const STEP = /\.\*|\[\*\]|\.([^.[\]*'"\s]+)|\[(\d+)\]/y;

/** The steps of a path, or undefined if it is none. */
export function readPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const found = STEP.exec(text);
    if (found === null) return undefined;
    const [, member, index] = found;
    if (member !== undefined) steps.push({ member });
    else steps.push(index === undefined ? 'children' : { element: Number(index) });
  }
  return steps;
}

/** What stands at the path, or undefined. With `.*` or `[*]` in it, a path gives the list of all that it finds. */
export function valueAt(path: JsonPath, root: unknown): unknown {
  const found = path.reduce<readonly unknown[]>((values, step) => values.flatMap((value) => take(step, value)), [root]);
  return path.includes('children') ? found : found[0];
}

/** One step down: none, one or many values. */
function take(step: Step, value: unknown): readonly unknown[] {
  if (isScalar(value)) return [];
  if (step === 'children') return Object.values(value as object);
  if ('element' in step) return Array.isArray(value) && step.element < value.length ? [value[step.element]] : [];
  const isMember = !Array.isArray(value) && Object.hasOwn(value as object, step.member);
  return isMember ? [(value as Readonly<Record<string, unknown>>)[step.member]] : [];
}
