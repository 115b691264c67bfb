/** What is drawn anew and what is not. Pure. */

interface Drawn {
  readonly id: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * Gives of each list the elements of the list before wherever nothing of them has changed, so that those are not drawn again. What is told
 * in the data counts one by one; all else of an element must be equal as JSON.
 */
export function keeper<Element extends Drawn>(): (elements: readonly Element[]) => Element[] {
  let before = new Map<string, { readonly element: Element; readonly rest: string }>();
  return (elements) => {
    const now = new Map<string, { readonly element: Element; readonly rest: string }>();
    for (const element of elements) {
      const { data: _data, ...others } = element;
      const rest = JSON.stringify(others);
      const last = before.get(element.id);
      now.set(element.id, last !== undefined && last.rest === rest && isSame(last.element.data ?? {}, element.data ?? {}) ? last : { element, rest });
    }
    before = now;
    return [...now.values()].map(({ element }) => element);
  };
}

function isSame(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => Object.is(one[name], other[name]));
}
