/** Where a page and its links stand in the guide. Pure. */
import { dirname, join, normalize } from 'node:path/posix';

export const BASE = '/docs/guide/';

/** The page that is made of sections of the project's README, and the anchors of those. */
export const BY_HAND = 'by-hand.md';
export const BY_HAND_SECTIONS = ['Place an order', 'Break something'] as const;

/** `signals.md` → `/docs/guide/signals/`, `decisions/README.md` → `/docs/guide/decisions/`. `file`: below `docs`. */
export function addressOf(file: string): string {
  const name = file.replace(/\.md$/, '').replace(/(^|\/)README$/, '$1').replace(/\/$/, '');
  return name === '' ? BASE : `${BASE}${name}/`;
}

export interface Link {
  /** Undefined: it leads to a file of the repository that is no page, and is shown without a link. */
  readonly href: string | undefined;
  /** Of the repository, where there is no page. */
  readonly source: string | undefined;
}

/** What a link of a page leads to. `isPage`: of a file below `docs`. `isAsset`: it is copied beside the pages. */
export function linkFrom(file: string, target: string, isPage: (file: string) => boolean, isAsset: (file: string) => boolean): Link {
  if (/^(?:[a-z]+:|\/\/|#)/i.test(target)) return { href: target, source: undefined };
  const [path = '', anchor] = target.split('#');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const found = normalize(join(dirname(file), path)).replace(/\/$/, '');
  if (path === '') return { href: hash, source: undefined };
  for (const page of [found, `${found}/README.md`]) if (isPage(page)) return { href: `${addressOf(page)}${hash}`, source: undefined };
  if (isAsset(found)) return { href: `${BASE}${found}`, source: undefined };
  if (found === '../README.md') return { href: `${isByHand(anchor) ? addressOf(BY_HAND) : BASE}${hash}`, source: undefined };
  return { href: undefined, source: normalize(join('docs', found)) };
}

function isByHand(anchor: string | undefined): boolean {
  return BY_HAND_SECTIONS.some((heading) => anchorOf(heading) === anchor);
}

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading.trim().toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
}
