/** What the window is called: the view first, for a row of tabs shows no more. */
import { useEffect } from 'react';

const PRODUCT = 'Commerce Coordinator';

/** Undefined while it is not known: the title stays as it is. */
export function useTitle(text: string | undefined): void {
  useEffect(() => {
    if (text !== undefined) document.title = `${text} · ${PRODUCT}`;
  }, [text]);
}
