/**
 * What a browser is shown where a sign-in does not go on, and where pages are not built: one small page each, without a script. Pure;
 * every text is escaped.
 */
import type { ProblemDefinition } from '@commerce/service-kit/problems';

export const NOTE_CSS_PATH = '/dashboard/sign-in/page.css';

export const NOTE_CSS = `:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 36rem; margin: 12vh auto 0; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
a, code { overflow-wrap: anywhere; }
.act { display: inline-block; padding: .5rem 1rem; border: 1px solid currentColor; border-radius: .375rem; text-decoration: none; }
.act:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
.soft { opacity: .75; font-size: .875rem; }
`;

export interface Note {
  readonly title: string;
  readonly text: string;
  /** A command that mends it. */
  readonly command?: string;
  readonly act?: { readonly label: string; readonly href: string };
  readonly soft?: string;
  /** Looks again by itself after so many seconds. */
  readonly againInSeconds?: number;
}

export function notePage({ title, text, command, act, soft, againInSeconds }: Note): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${againInSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${againInSeconds}">\n`}<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${NOTE_CSS_PATH}">
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
${command === undefined ? '' : `<p><code>${escaped(command)}</code></p>\n`}${act === undefined ? '' : `<p><a class="act" href="${escaped(act.href)}">${escaped(act.label)}</a></p>\n`}${soft === undefined ? '' : `<p class="soft">${escaped(soft)}</p>\n`}</main>
</body>
</html>
`;
}

/** The page of a problem, for a person who was signing in. */
export function problemNote({ code, title, help }: ProblemDefinition, requestId: string): Note {
  const act = code === 'sign_in_link_over' ? { label: 'To the dashboard', href: '/dashboard/' } : { label: 'Sign in again', href: '/dashboard/sign-in' };
  return { title, text: help, act, soft: `${code}, request ${requestId}` };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
