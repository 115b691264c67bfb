/**
 * What the declaration of a handler holds: its functions, kept where only the host finds them. No door of the package leads
 * here, so that an import of a declaration, or a copy of it, gives nothing that could be called.
 */
import type { Decide, EffectParts } from './handler.ts';

export type Inside =
  | { readonly kind: 'transactional'; readonly decide: Decide<any, any, any>; readonly also: ((event: any) => readonly string[]) | undefined }
  | { readonly kind: 'effect'; readonly parts: EffectParts<any, any, any, any> }
  | { readonly kind: 'timer'; readonly decide: Decide<any, any, { readonly subject: string; readonly name: string }> };

const insides = new WeakMap<object, Inside>();

/** Freezes the declaration and keeps its inside. */
export function keep<Declaration extends object>(declaration: Declaration, inside: Inside): Declaration {
  const frozen = Object.freeze(declaration);
  insides.set(frozen, inside);
  return frozen;
}

/** What kind of declaration this is; undefined for one that was made by hand. */
export function kindOf(declaration: object): Inside['kind'] | undefined {
  return insides.get(declaration)?.kind;
}

/** What a declaration holds. Throws for one that was made by hand. */
export function insideOf(declaration: object): Inside {
  const inside = insides.get(declaration);
  if (inside === undefined) throw new TypeError('This is no declaration of a handler: make one with handlersOf().');
  return inside;
}
