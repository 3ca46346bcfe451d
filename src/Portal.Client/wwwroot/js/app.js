// What the whole page needs and no server round trip should: theme, clock, ages, copy, menus, keyboard. The line to the server is connection.js.
// One listener a kind on the document; elements say by data attributes what they want.
import { start } from './connection.js';
import { say } from './say.js';
import { minute, now, setServerTime, short, words } from './time.js';

const root = document.documentElement;
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

// --- theme: auto, light, dark ---
const themes = ['auto', 'light', 'dark'];
const chosen = () => root.dataset.theme ?? 'auto';

function setTheme(theme) {
  if (theme === 'auto') delete root.dataset.theme; else root.dataset.theme = theme;
  try { localStorage.setItem('sluice-theme', theme); } catch { /* lasts for this page only */ }
  markTheme();
  document.dispatchEvent(new CustomEvent('sluice:theme', { detail: theme }));
}

function markTheme() {
  $$('input[name="theme"]').forEach((input) => { input.checked = input.value === chosen(); });
}

// --- time: ages and the clock tick here, so that nothing on the server has to render for it ---
// Only the text inside the node changes: the server's renderer keeps hold of the node itself.
function put(element, text) {
  const node = element.firstChild;
  if (node && node.nodeType === Node.TEXT_NODE && node.nodeValue !== text) node.nodeValue = text;
}

// How long something under way takes counts the seconds. All else moves together, and in the same frame as what the server sends with its beat (the age in the top bar), every five seconds:
// each time costs a frame of the whole page, and a screen that never rests tires whoever watches it.
const atLatest = 6000;
let moved = 0;

function tick(all = performance.now() - moved >= atLatest) {
  const at = now();
  if (all) moved = performance.now();
  for (const element of $$(all ? 'time[data-age]' : 'time[data-age="words"], time[data-age="left"]')) {
    const age = at - Date.parse(element.dateTime);
    const form = element.dataset.age;
    put(element, form === 'ago' ? `${words(age)} ago` : form === 'words' ? words(age) : form === 'left' ? words(-age) : short(age));
  }
  const clock = all ? $('.clock') : null;
  if (clock) put(clock, minute(at));
}

const clock = $('.clock');
if (clock) setServerTime(Date.parse(clock.dateTime));
setInterval(() => tick(), 1000);
new MutationObserver((changes) => { if (changes.some((change) => change.target.closest?.('.topbar'))) tick(true); }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['datetime'] });

// --- pointer ---
document.addEventListener('click', (e) => {
  if (!e.target.closest('.menu-wrap')) closeMenus();
  const target = e.target.closest('button, a');
  if (!target) return;
  if (target.dataset.closes !== undefined) closeMenus();
  if (target.matches('.skip')) { e.preventDefault(); $('#main')?.focus(); }
  if (target.dataset.copy !== undefined) copy(target.dataset.copy);
  if (target.dataset.copyFrom !== undefined) copy($(target.dataset.copyFrom)?.textContent ?? '', 'Copied');
  if (target.matches('[data-theme-switch]')) nextTheme();
  if (target.matches('[data-help]')) $('#help')?.showModal();
  if (target.matches('[data-close]')) target.closest('dialog')?.close();
  if (target.matches('[data-facets]')) toggleFacets(target);
  if (target.matches('[data-reload]')) location.reload();
  if (target.matches('[data-menu]')) toggleMenu(target);
  // Before the dialog takes the focus, so that it gives it back to something that can be seen.
  if (target.matches('.menu :is([data-chosen], [data-opens])')) escape();
});

document.addEventListener('change', (e) => { if (e.target.matches('input[name="theme"]')) setTheme(e.target.value); });

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    say(said ?? `Copied ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`);
  } catch {
    say('Your browser does not let pages copy here. Select the text instead.');
  }
}

function nextTheme() {
  const theme = themes[(themes.indexOf(chosen()) + 1) % themes.length];
  setTheme(theme);
  say(theme === 'auto' ? 'Theme: as your system' : `Theme: ${theme}`);
}

function toggleFacets(button) {
  const open = $('.work')?.classList.toggle('facets-shown') ?? false;
  button.setAttribute('aria-expanded', open);
}

function toggleMenu(button) {
  const menu = button.nextElementSibling;
  const open = menu.hidden;
  closeMenus();
  menu.hidden = !open;
  button.setAttribute('aria-expanded', open);
  if (open) ($('button, a, input', menu) ?? menu).focus();
}

function closeMenus() {
  for (const menu of $$('.menu:not([hidden])')) {
    menu.hidden = true;
    menu.previousElementSibling?.setAttribute('aria-expanded', 'false');
  }
}

// --- keyboard ---
let going = 0;
const typing = (target) => target.closest('input:not([type="checkbox"]):not([type="radio"]), textarea, select, dialog, [contenteditable], [role="textbox"]');

document.addEventListener('keydown', (e) => {
  if (e.key === 'Escape') escape();
  if (e.target.closest('.menu') && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) { e.preventDefault(); stepMenu(e); return; }
  if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
  if (Date.now() - going < 1200) {
    going = 0;
    const link = $(`[data-go="${CSS.escape(e.key)}"]`);
    if (link) { e.preventDefault(); link.click(); return; }
  }
  switch (e.key) {
    case 'g': going = Date.now(); break;
    case '/': { const search = $('.search input'); if (search) { e.preventDefault(); search.focus(); search.select(); } break; }
    case '?': $('#help')?.showModal(); break;
    case 't': nextTheme(); break;
    case 'r': $('[data-take-order]')?.click(); break;
    case 'j': case 'k': moveRow(e); break;
    case 'x': case 'X': selectRow(e); break;
    case 'ArrowLeft': case 'ArrowRight': foldGroup(e); break;
  }
});

function escape() {
  const menu = $('.menu:not([hidden])');
  if (menu) { const button = menu.previousElementSibling; closeMenus(); button?.focus(); }
}

function stepMenu(e) {
  const items = $$('button, a', e.target.closest('.menu'));
  const at = items.indexOf(document.activeElement);
  items[(at + (e.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length]?.focus();
}

const lines = () => $$('table[data-keys] tbody :is(tr[data-row] .name a, tr.group button[data-fold])');

function moveRow(e) {
  const links = lines();
  if (!links.length) return;
  e.preventDefault();
  const at = links.findIndex((link) => link.closest('tr').contains(document.activeElement));
  const next = at < 0 ? firstInView(links) : Math.max(0, Math.min(links.length - 1, at + (e.key === 'j' ? 1 : -1)));
  links[next].focus({ preventScroll: true });
  links[next].closest('tr').scrollIntoView({ block: 'nearest' });
}

// With Shift from the row selected before to this one. The table's own listener tells the server.
function selectRow(e) {
  const box = e.target.closest('tr[data-row]')?.querySelector('.c-sel input');
  if (!box) return;
  e.preventDefault();
  box.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: e.shiftKey }));
}

// Left folds the group that the row is in and goes to its header, right opens it.
function foldGroup(e) {
  const row = e.target.closest('table[data-keys] tbody tr');
  let header = row;
  while (header && !header.matches('.group')) header = header.previousElementSibling;
  const button = header?.querySelector('button[data-fold]');
  if (!button) return;
  e.preventDefault();
  const open = button.getAttribute('aria-expanded') === 'true';
  if (e.key === 'ArrowLeft' ? open : !open && row === header) button.click();
  if (e.key === 'ArrowLeft') button.focus({ preventScroll: true });
}

const firstInView = (links) => Math.max(0, links.findIndex((link) => link.getBoundingClientRect().top > 76));

// A button in a list that is put into another order loses the focus on its way.
let kept = null;
document.addEventListener('click', (e) => { kept = e.target.closest('[data-keep]'); });
const keepFocus = () => { if (kept?.isConnected && document.activeElement === document.body) kept.focus(); };

// The address of what is shown, unless another page has been opened since the server asked for it.
function replaceAddress(url) {
  if (new URL(url, document.baseURI).pathname === location.pathname) globalThis.Blazor.navigateTo(url, { replaceHistoryEntry: true });
}

globalThis.sluice = { ...globalThis.sluice, copy, replaceAddress };

markTheme();
new MutationObserver(() => { markTheme(); keepFocus(); }).observe(document.body, { childList: true, subtree: true });
start();
