/** The search, the copying of commands, and the folded contents on a narrow page. Without it everything can be read. */
const field = document.getElementById('search');
const found = document.getElementById('found');
const MOST = 12;
let loading;

async function load() {
  const [{ default: MiniSearch }, entries] = await Promise.all([import('/docs/guide/assets/minisearch.js'), fetch('/docs/guide/assets/search.json').then((answer) => answer.json())]);
  const search = new MiniSearch({ fields: ['heading', 'page', 'text'], storeFields: ['address', 'page', 'heading', 'text'], searchOptions: { boost: { heading: 4, page: 2 }, prefix: true, fuzzy: 0.15, combineWith: 'AND' } });
  search.addAll(entries);
  return search;
}

async function look() {
  const wanted = field.value.trim();
  if (wanted === '') return hide();
  loading ??= load();
  const search = await loading;
  if (field.value.trim() !== wanted) return;
  const hits = search.search(wanted).slice(0, MOST);
  found.replaceChildren(...(hits.length === 0 ? [said(`Nothing is found for “${wanted}”.`)] : hits.map(link)));
  found.hidden = false;
  field.setAttribute('aria-expanded', 'true');
}

function hide() {
  found.hidden = true;
  field.setAttribute('aria-expanded', 'false');
}

function said(text) {
  const line = document.createElement('p');
  line.textContent = text;
  return line;
}

function link({ address, page, heading, text }) {
  const made = document.createElement('a');
  made.href = address;
  made.textContent = heading === page ? page : `${page}: ${heading}`;
  const small = document.createElement('small');
  small.textContent = text.length > 120 ? `${text.slice(0, 120)} …` : text;
  made.append(small);
  return made;
}

field.addEventListener('input', () => void look());
field.form.addEventListener('submit', (event) => {
  event.preventDefault();
  found.querySelector('a')?.click();
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hide();
  if (event.key === '/' && !/^(?:INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    field.focus();
  }
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const links = [...found.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement);
  if (found.hidden || (at === -1 && document.activeElement !== field)) return;
  event.preventDefault();
  (links[at + (event.key === 'ArrowDown' ? 1 : -1)] ?? field).focus();
});
document.addEventListener('click', ({ target }) => {
  if (!field.form.contains(target)) hide();
});

for (const block of document.querySelectorAll('pre')) {
  const button = document.createElement('button');
  button.className = 'copy';
  button.type = 'button';
  button.textContent = 'Copy';
  const text = block.textContent;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 2_000);
  });
  block.append(button);
}

if (matchMedia('(width < 58rem)').matches) document.querySelector('.contents').open = false;
