/** Types of events: finding some, and what is said of them. Pure. */
export interface TypeFacts {
  readonly type: string;
  readonly constant: string;
  readonly webhook: string;
  readonly otherNames: readonly string[];
  readonly description: string;
  readonly topic: { readonly name: string };
  readonly producers: readonly { readonly source: string; readonly extension: string | null; readonly service: string }[];
  readonly readers: readonly { readonly handler: string }[];
}

/** All words must stand somewhere in its names, its description, or the names of who tells and hears it. */
export function matching<Type extends TypeFacts>(types: readonly Type[], { text, topic }: { readonly text: string; readonly topic: string }): Type[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return types.filter((type) => (topic === '' || type.topic.name === topic) && words.every((word) => textOf(type).includes(word)));
}

function textOf({ type, constant, webhook, otherNames, description, producers, readers }: TypeFacts): string {
  return [type, constant, webhook, ...otherNames, description, ...producers.flatMap(({ source, extension, service }) => [source, extension ?? '', service]), ...readers.map(({ handler }) => handler)].join('\n').toLowerCase();
}

/** `kept for 30 days`, `kept for 7 years`. */
export function retentionText(days: number): string {
  const years = days / 365;
  return Number.isInteger(years) ? `kept for ${years} ${years === 1 ? 'year' : 'years'}` : `kept for ${days} days`;
}

/** What is not as with most. */
export function marksOf({ visibility, isExternal }: { readonly visibility: 'published' | 'internal' | 'live'; readonly isExternal: boolean }): string[] {
  return [...(visibility === 'published' ? [] : [visibility]), ...(isExternal ? ['external too'] : [])];
}
