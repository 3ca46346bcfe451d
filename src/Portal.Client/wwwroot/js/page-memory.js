// What a page would lose when it is loaded again: where it was scrolled, what was typed and not sent, the focus, an open dialog, and what components keep here.
// One entry a URL in the tab's sessionStorage: it ends with the tab, is never sent, and holds no secret (type=password, data-secret and data-keep="no" are left out).
const prefix = 'sluice:page:';
const most = { entry: 256 * 1024, field: 128 * 1024, entries: 20 };
const patience = 60000; // how long parts of a page that is loaded again may take to appear: a portal that was just started still reads its clusters
const here = () => location.pathname + location.search;
const dirty = new Set();
const kept = new Map(); // what components keep, for the URL that is shown
let path = location.pathname;
let restoring = 0;

const isField = (e) => e instanceof HTMLInputElement || e instanceof HTMLTextAreaElement || e instanceof HTMLSelectElement;
const isSecret = (e) => e.type === 'password' || e.type === 'file' || e.type === 'hidden' || e.closest('[data-secret], [data-keep="no"]') !== null;

/** The name under which a field is found again, or null where it is not to be kept. */
export function keyOf(field) {
  if (!isField(field) || !field.closest('#main') || isSecret(field)) return null;
  const name = field.dataset.keep || field.name || field.id || field.getAttribute('aria-label');
  if (!name) return null;
  return `${field.closest('[data-dialog]')?.dataset.dialog ?? ''}/${name}${field.type === 'radio' ? `=${field.value}` : ''}`;
}

addEventListener('input', (e) => { if (e.isTrusted && isField(e.target)) { dirty.add(e.target); soon(); } }, true);
addEventListener('pagehide', () => save());
addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') save(); }, true);
addEventListener('scroll', () => soon(), { passive: true, capture: true });

let timer = 0;
function soon() {
  if (!timer) timer = setTimeout(() => { timer = 0; save(); }, 1000);
}

/** Puts what the page would lose into the entry of its URL. */
export function save() {
  if (path !== location.pathname) leave();
  if (restoring) return; // half restored is worse than what is stored
  const fields = {};
  for (const field of dirty) {
    const key = field.isConnected ? keyOf(field) : null;
    if (!key) { dirty.delete(field); continue; }
    if (field.value.length <= most.field) fields[key] = field.type === 'checkbox' || field.type === 'radio' ? { checked: field.checked } : { value: field.value };
  }
  write({ at: Date.now(), fields, place: place(), focus: focus(), dialog: document.querySelector('dialog[open][data-dialog]')?.dataset.dialog ?? null, kept: Object.fromEntries(kept) });
}

/** Another page: what was typed on the one before was sent or given up. */
function leave() {
  for (const key of keys()) if (key === prefix + path || key.startsWith(`${prefix}${path}?`)) sessionStorage.removeItem(key);
  dirty.clear();
  kept.clear();
  path = location.pathname;
}

function write(entry) {
  try {
    const text = JSON.stringify(entry);
    if (text.length > most.entry) { sessionStorage.removeItem(prefix + here()); return; }
    sessionStorage.setItem(prefix + here(), text);
    for (const key of keys().sort((a, b) => at(a) - at(b)).slice(0, -most.entries)) sessionStorage.removeItem(key);
  } catch { /* no storage, or it is full: the page then begins anew */ }
}

const keys = () => Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
const at = (key) => { try { return JSON.parse(sessionStorage.getItem(key)).at ?? 0; } catch { return 0; } };

function read() {
  try { return JSON.parse(sessionStorage.getItem(prefix + here())); } catch { return null; }
}

// --- for components ---
/** Keeps a value of a component (as JSON) for this URL. */
export function keep(name, value) { kept.set(name, value); soon(); }
export function forget(name) { kept.delete(name); soon(); }

/** What a component kept before the page was loaded again; null where nothing was. */
export function recall(name) {
  const value = (returning ? read()?.kept?.[name] : null) ?? kept.get(name) ?? null;
  if (value !== null) kept.set(name, value);
  return value;
}

// --- where one was ---
function place() {
  const rows = document.querySelectorAll('#main tr[data-row]');
  for (const row of rows) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > 76) return { y: scrollY, row: Number(row.getAttribute('aria-rowindex') ?? 2) - 2, top };
  }
  return { y: scrollY };
}

function focus() {
  const element = document.activeElement;
  if (!element || element === document.body || !element.closest('#main') || element.id === 'main') return null;
  const field = isField(element) ? keyOf(element) : null;
  if (field) return { field, from: element.selectionStart ?? null, to: element.selectionEnd ?? null };
  const href = element.getAttribute('href');
  return href ? { href } : element.id ? { id: element.id } : null;
}

// --- the way back ---
const kind = performance.getEntriesByType('navigation')[0]?.type;
let returning = kind === 'reload' || document.wasDiscarded === true;

/** True where this page was loaded before and its memory counts. */
export const isReturning = () => returning;
export function returned() { returning = true; }

/** Restores what was stored for this URL; called once the page is interactive. Whatever a person does meanwhile wins. */
export async function restore() {
  const entry = returning ? read() : null;
  if (!entry) { if (!returning) { try { sessionStorage.removeItem(prefix + here()); } catch { /* no storage */ } } return; }
  restoring++;
  let touched = false;
  const touch = (e) => { if (e.isTrusted) touched = true; };
  const kinds = ['wheel', 'touchmove', 'keydown', 'pointerdown'];
  kinds.forEach((name) => addEventListener(name, touch, { capture: true, passive: true }));
  try {
    const until = Date.now() + patience;
    if (entry.dialog) await open(entry.dialog, until);
    const open_ = fields(entry.fields ?? {}, until);
    await scroll(entry.place ?? {}, until, () => touched);
    await open_;
    if (!touched) await refocus(entry.focus, until);
  } finally {
    kinds.forEach((name) => removeEventListener(name, touch, { capture: true }));
    restoring--;
    returning = false;
    history.scrollRestoration = 'auto';
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function found(find, until) {
  for (; ;) {
    const element = find();
    if (element) return element;
    if (Date.now() > until || path !== location.pathname) return null;
    await pause(60);
  }
}

/** Opens a dialog by its button; once more where the button was drawn anew meanwhile. */
async function open(dialog, until) {
  const name = CSS.escape(dialog);
  while (Date.now() < until && path === location.pathname) {
    const opener = await found(() => document.querySelector(`[data-opens="${name}"]:not(:disabled)`), until);
    opener?.click();
    if (await found(() => document.querySelector(`dialog[open][data-dialog="${name}"]`), Math.min(until, Date.now() + 3000))) return;
  }
}

async function fields(values, until) {
  await Promise.all(Object.entries(values).map(async ([key, kept]) => {
    const field = await found(() => [...document.querySelectorAll('#main :is(input, textarea, select)')]
      .find((e) => keyOf(e) === key && (e.dataset.ready ?? '1') === '1' && (e.tagName !== 'SELECT' || [...e.options].some((o) => o.value === kept.value))), until);
    if (field && !dirty.has(field)) put(field, kept);
  }));
}

function put(field, { value, checked }) {
  dirty.add(field);
  if (checked === undefined ? field.value === value : field.checked === checked) return;
  if (checked === undefined) field.value = value; else field.checked = checked;
  tell(field);
}

/** The server hears of a value that did not come by keys. */
function tell(field) {
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
}

async function scroll({ y, row, top }, until, touched) {
  const began = Date.now();
  let still = 0;
  while (Date.now() < until && !touched() && still < 4 && path === location.pathname) {
    const wanted = row === undefined ? y : target(row, top);
    if (wanted !== null) {
      const lowest = Math.max(0, document.documentElement.scrollHeight - innerHeight), goal = Math.min(wanted, lowest);
      if (Math.abs(scrollY - goal) > 1) scrollTo({ top: goal, behavior: 'instant' });
      // A portal that was just started shows the rows of one cluster before those of the others: where the page is too short for now, it may still grow.
      const grows = wanted > lowest + 2 && (Date.now() - began < 3000 || document.querySelector('#main .partial[data-whole="no"]') !== null);
      still = Math.abs(scrollY - goal) <= 2 && !grows ? still + 1 : 0;
    }
    await pause(60);
  }
}

/** Where the page has to be scrolled to for a row of a windowed table to stand where it stood. */
function target(index, top) {
  const table = document.querySelector('#main table[data-total]');
  const any = table?.querySelector('tr[data-row]');
  if (!any) return null;
  const height = any.getBoundingClientRect().height;
  const first = any.getBoundingClientRect().top + scrollY - (Number(any.getAttribute('aria-rowindex')) - 2) * height;
  return Math.max(0, Math.round(first + index * height - top));
}

async function refocus(where, until) {
  if (!where) return;
  const find = () => where.field ? [...document.querySelectorAll('#main :is(input, textarea, select)')].find((e) => keyOf(e) === where.field)
    : where.href ? document.querySelector(`#main a[href="${CSS.escape(where.href)}"]`) : document.getElementById(where.id);
  const element = await found(find, Math.min(until, Date.now() + 2000));
  element?.focus({ preventScroll: true });
  if (where.from !== null && where.from !== undefined) { try { element?.setSelectionRange(where.from, where.to); } catch { /* a kind of field without a caret */ } }
}

/** What was typed while nobody listened is sent now. */
export function resend(since) {
  for (const field of since) if (field.isConnected && keyOf(field)) tell(field);
}
