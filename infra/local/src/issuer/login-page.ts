// The login page of the local issuer as HTML: a form that works by keyboard and with a screen reader, without a script. Every text is escaped.

export const LOGIN_CSS_PATH = '/sign-in/page.css';

export const LOGIN_CSS = `:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 24rem; margin: 12vh auto 0; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
label { display: block; margin-top: 1rem; }
input { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; border: 1px solid GrayText; border-radius: .375rem; background: Field; color: FieldText; }
button { margin-top: 1.5rem; padding: .5rem 1.5rem; font: inherit; border: 1px solid currentColor; border-radius: .375rem; }
input:focus-visible, button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
.wrong { padding: .5rem .75rem; border: 1px solid currentColor; border-inline-start-width: .375rem; }
.soft { font-size: .875rem; opacity: .8; }
`;

/** `wrong`: what went wrong with the try before. `user`: what was typed then. */
export function loginPage({ action, user = '', wrong }: { readonly action: string; readonly user?: string; readonly wrong?: string }): string {
  return page('Sign in', `${wrong === undefined ? '' : `<p class="wrong" role="alert" id="wrong">${escaped(wrong)}</p>\n`}<form method="post" action="${escaped(action)}">
<label for="user">User</label>
<input id="user" name="user" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="100" value="${escaped(user)}"${wrong === undefined ? ' autofocus' : ' aria-describedby="wrong"'}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="200"${wrong === undefined ? '' : ' aria-describedby="wrong" autofocus'}>
<button type="submit">Sign in</button>
</form>
<p class="soft">The local issuer, for development. Its users are viewer, operator and admin; their passwords stand in stack.json of the data folder.</p>`);
}

/** Where there is nothing to sign in to. */
export function lostPage(text: string): string {
  return page('This sign-in is over', `<p>${escaped(text)}</p>`);
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${LOGIN_CSS_PATH}">
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
