/** What a view has in its address, so that a link shows the same. */
import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/** A filter of the view: its text in the query, and how to change it, which stays the same function. Empty text takes it out. */
export function useQueryText(name: string, whenLeftOut = ''): readonly [string, (text: string) => void] {
  const [query, setQuery] = useSearchParams();
  const set = useCallback((text: string): void => {
    setQuery((before) => {
      const after = new URLSearchParams(before);
      if (text === '' || text === whenLeftOut) after.delete(name);
      else after.set(name, text);
      return after;
    }, { replace: true });
  }, [setQuery, name, whenLeftOut]);
  return [query.get(name) ?? whenLeftOut, set];
}
