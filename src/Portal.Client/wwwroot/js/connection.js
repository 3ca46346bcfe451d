// The line to the server: starts the circuit, notices when it is gone, says so, and finds the way back without anyone's help.
// Back is the same circuit where it still exists (short losses), else the page is loaded again with what page-memory.js kept (docs/decisions/0009-a-page-finds-its-way-back.md).
import * as memory from './page-memory.js';
import * as missed from './missed.js';
import { say } from './say.js';
import { clock, now, words } from './time.js';

const root = document.documentElement;
const $ = (selector) => document.querySelector(selector);
const server = { timeout: 15000, keepAlive: 5000 }; // the server says something every 5 s (PagesFeature.cs); three times nothing is a loss
const patience = { start: 30000, probe: 5000, answer: 8000 };
const loads = 'sluice:loads', back = 'sluice:back';

let owner = null; // the circuit's end of the line; null until the page is interactive
let lostAt = 0, before = null, tries = 0, timer = 0, busy = false, heard = Date.now();
const unsent = new Set();

export const isLost = () => root.dataset.connection === 'lost' || root.dataset.connection === 'loading';
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const spread = (ms) => ms * (0.5 + Math.random());
const store = (key, value) => { try { if (value === null) sessionStorage.removeItem(key); else sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* no storage: the page only forgets */ } };
const load = (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } };

/** Starts the circuit. */
export function start() {
  root.dataset.connection = 'starting';
  globalThis.Blazor.start({
    circuit: {
      // One WebSocket and no negotiation before it: any replica may take any connection.
      configureSignalR: (builder) => builder.withUrl('_blazor', { skipNegotiation: true, transport: 1 }).withServerTimeout(server.timeout).withKeepAliveInterval(server.keepAlive),
      reconnectionHandler: { onConnectionDown: (_, error) => lose(error ? 'lost' : 'closed'), onConnectionUp: () => up() },
    },
  });
  setTimeout(() => { if (root.dataset.connection === 'starting') lose('start'); }, patience.start);
}

/** The page is interactive. Called by InteractiveMark.razor, whose object hears whether the page is looked at. */
export async function attach(dotnet) {
  const first = owner === null;
  owner = dotnet;
  root.dataset.connection = 'live';
  root.dataset.interactive = '1';
  tell();
  if (!first) return;
  const was = load(back);
  store(back, null);
  if (was?.url === location.pathname + location.search) memory.returned();
  await memory.restore();
  if (was) await report(was.lostAt, was.before, was.why);
}

// --- the server hears whether anyone looks: a hidden page gets few updates ---
function tell() {
  if (!owner || isLost()) return Promise.resolve();
  return owner.invokeMethodAsync('Seen', document.visibilityState !== 'hidden').then(() => { heard = Date.now(); });
}

/** Asks whether the line still carries: after sleep the browser may take long to notice that it does not. */
async function verify() {
  if (isLost() || !owner) { if (isLost()) again(0); return; }
  const answer = await Promise.race([tell().then(() => true, () => false), pause(patience.answer).then(() => false)]);
  if (!answer && !isLost()) lose('lost');
}

addEventListener('visibilitychange', () => verify(), true);
addEventListener('online', () => verify());
addEventListener('offline', () => verify());
addEventListener('resume', () => verify(), true);
addEventListener('pageshow', (e) => { if (e.persisted) verify(); });

let beat = Date.now();
setInterval(() => {
  const gap = Date.now() - beat;
  beat = Date.now();
  if (gap > 10000 && document.visibilityState !== 'hidden') verify(); // the machine slept
  if (isLost()) paint();
}, 1000);

// --- lost ---
function lose(why) {
  if (isLost()) return;
  const wasLive = root.dataset.connection === 'live';
  [lostAt, before, tries] = [now(), wasLive ? missed.look() : null, 0];
  root.dataset.connection = 'lost';
  root.dataset.why = why;
  hide($('#connection-back'));
  missed.unmark();
  unsent.clear();
  memory.save();
  paint();
  globalThis.Blazor?._internal?.forceCloseConnection?.().catch(() => { /* it is closed already */ });
  again(why === 'failed' ? 0 : spread(300));
}

function paint() {
  const box = $('#connection-lost');
  if (!box) return;
  show(box);
  box.querySelectorAll('[data-why]').forEach((part) => { part.hidden = !part.dataset.why.split(' ').includes(root.dataset.why); });
  box.querySelector('[data-lost-for]').textContent = words(now() - lostAt);
  box.querySelector('[data-lost-at]').textContent = clock(lostAt);
  const bar = $('[data-off-for]');
  if (bar?.firstChild) bar.firstChild.nodeValue = words(now() - lostAt);
}

// Popovers stand above a dialog that is open; the newest is on top.
function show(box) { if (!box.matches(':popover-open')) box.showPopover(); }
function hide(box) { if (box?.matches(':popover-open')) box.hidePopover(); }

function again(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => seek(), ms);
}

/** Asks the server until it answers: soon at first, every 15 s later and less often while nobody looks; never all pages at once. */
async function seek() {
  if (busy || !isLost()) return;
  busy = true;
  try {
    let answer = await probe();
    if (answer !== 'no' && tries > 0) {
      // It was away: every open page of every person is about to come back.
      await pause(spread(1000));
      answer = await probe();
    }
    if (answer === 'no') { tries++; return; }
    if (answer === 'yes' && owner && root.dataset.why !== 'failed') {
      try {
        if (await globalThis.Blazor.reconnect()) { if (isLost()) up(); return; }
      } catch {
        hideError();
        tries++;
        if (tries < 4) return;
      }
    }
    await reload();
  } finally {
    busy = false;
    if (root.dataset.connection === 'lost') again(spread(Math.min(document.visibilityState === 'hidden' ? 30000 : 15000, 500 * 2 ** Math.min(tries, 6))));
  }
}

async function probe() {
  try {
    const answer = await fetch('healthz', { cache: 'no-store', redirect: 'manual', signal: AbortSignal.timeout(patience.probe) });
    if (answer.ok) return 'yes';
    // Signed out meanwhile: loading the page again leads to the sign-in and from there back here.
    return answer.type === 'opaqueredirect' || answer.status === 401 || answer.status === 403 ? 'signed-out' : 'no';
  } catch {
    return 'no';
  }
}

/** Loads the page again; a page that keeps failing does so ever more slowly. */
async function reload() {
  const recent = (load(loads) ?? []).filter((at) => Date.now() - at < 180000);
  const wait = [0, 1000, 5000, 15000, 30000][Math.min(recent.length, 4)];
  if (wait) await pause(spread(wait));
  store(loads, [...recent, Date.now()].slice(-8));
  root.dataset.connection = 'loading';
  history.scrollRestoration = 'manual';
  memory.save();
  store(back, { url: location.pathname + location.search, lostAt, before, why: root.dataset.why });
  location.reload();
}

// --- back ---
function up() {
  root.dataset.connection = 'live';
  hideError();
  hide($('#connection-lost'));
  memory.resend(unsent);
  unsent.clear();
  tell().catch(() => { /* lost again: the handler hears of it */ });
  report(lostAt, before, root.dataset.why);
}

async function report(at, seen, why) {
  const missedFor = now() - at;
  if (missedFor < 1500 && why !== 'failed') return;
  const returnedAt = now();
  await missed.settled();
  const found = seen ? missed.compare(seen) : null;
  const box = $('#connection-back');
  if (!box || isLost()) return;
  box.querySelector('[data-said]').textContent = `${why === 'failed' ? 'Loaded again after a fault of Sluice' : 'Connected again'} at ${clock(returnedAt)}; ${words(missedFor)} missed${found ? `: ${differences(found)}` : ''}.`;
  show(box);
  setTimeout(() => { if (!isLost()) dismiss(); }, 120000);
}

function differences({ all, changed, gone, what }) {
  const many = (n) => `${n} of the ${all} ${what}s that you saw`;
  if (changed + gone === 0) return all === 1 ? `the ${what} that you saw is as it was` : `the ${all} ${what}s that you saw are as they were`;
  const parts = [];
  if (changed) parts.push(`${many(changed)} changed`);
  if (gone) parts.push(`${changed ? gone : many(gone)} ${gone === 1 ? 'is' : 'are'} not in view here any more`);
  return parts.join(', ');
}

function dismiss() {
  hide($('#connection-back'));
  missed.unmark();
}

// --- while it is lost: nothing that needs the server pretends to work, and what is typed is kept ---
const own = '[data-copy], [data-copy-from], [data-theme-switch], [data-help], [data-facets], [data-reload], [data-reconnect], [data-dismiss], [data-menu], #help *, a[target="_blank"], a[href^="#"]';
const refused = 'Not now: Sluice does not answer. This page goes on by itself as soon as it does.';

addEventListener('click', (e) => {
  const target = e.target.closest?.('button, a[href], summary, input, select, [role="option"], [role="menuitem"]');
  if (target?.matches('[data-reconnect]')) { tries = 0; again(0); }
  if (target?.matches('[data-dismiss]')) dismiss();
  if (!isLost() || !target || target.matches(own) || target.matches('summary') || memory.keyOf(target)) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  say(refused);
}, true);
addEventListener('submit', (e) => { if (isLost()) { e.preventDefault(); e.stopImmediatePropagation(); say(refused); } }, true);
addEventListener('cancel', (e) => { if (isLost() && e.target.matches?.('dialog.ask')) { e.preventDefault(); say(refused); } }, true);
// The circuit's listeners are on the document (that of "change" in the capturing phase): they would try to send and fail. A field's own listeners still hear.
addEventListener('change', (e) => {
  if (!isLost() || e.target.matches?.('input[name="theme"]')) return;
  if (memory.keyOf(e.target)) unsent.add(e.target);
  e.stopImmediatePropagation();
}, true);
root.addEventListener('input', (e) => {
  if (!isLost()) return;
  if (memory.keyOf(e.target)) unsent.add(e.target);
  e.stopPropagation();
});
root.addEventListener('keydown', (e) => { if (isLost() && e.target.closest?.('.goto')) e.stopPropagation(); });

// --- a fault of the page itself ---
function hideError() {
  const error = $('#blazor-error-ui');
  if (error) error.style.display = '';
}

new MutationObserver(() => {
  if ($('#blazor-error-ui')?.style.display !== 'block') return;
  if (isLost()) { hideError(); return; } // an attempt to come back failed; the next one follows
  hideError();
  lose(owner ? 'failed' : 'start');
}).observe($('#blazor-error-ui'), { attributes: true, attributeFilter: ['style'] });
