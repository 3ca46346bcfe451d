// The command palette. Letters and the chosen line are the browser's, so that typing never waits; the server is asked for the newest text only, one question at a time.
const most = 20;
const kept = 'sluice-recent';

function lately() {
  try { return JSON.parse(localStorage.getItem(kept) ?? '[]').filter((path) => typeof path === 'string').slice(0, most); } catch { return []; }
}

function visited(address) {
  const found = /^(\/pipelines\/[^/?#]+\/[^/?#]+\/[^/?#]+)/.exec(address);
  if (!found) return;
  const path = found[1] + (/[?&]resource=session-job\b/.test(address) ? '?resource=session-job' : '');
  try { localStorage.setItem(kept, JSON.stringify([path, ...lately().filter((other) => other !== path)].slice(0, most))); } catch { /* nothing is remembered then */ }
}

export function attach(dialog, owner) {
  const input = dialog.querySelector('input');
  const list = dialog.querySelector('[role="listbox"]');
  let wanted = null, busy = false, at = 0, chosen = null, pressed = null;
  const options = () => [...list.querySelectorAll('[role="option"]')];

  function mark() {
    const all = options();
    at = Math.max(0, Math.min(at, all.length - 1));
    all.forEach((option, i) => option.setAttribute('aria-selected', i === at ? 'true' : 'false'));
    if (all[at] && !list.hidden) {
      input.setAttribute('aria-activedescendant', all[at].id);
      all[at].scrollIntoView({ block: 'nearest' });
    } else {
      input.removeAttribute('aria-activedescendant');
    }
  }

  function ask(method = 'Typed') {
    wanted = { method, text: input.value };
    if (!busy) next();
  }

  function next() {
    if (wanted === null) return;
    const { method, text } = wanted;
    [wanted, busy] = [null, true];
    owner.invokeMethodAsync(method, text, lately())
      .catch(() => { /* the circuit is gone; the reconnect notice says so */ })
      .finally(() => { busy = false; next(); });
  }

  // Enter that came before the lines for the newest letters waits for them.
  const watcher = new MutationObserver(() => {
    at = 0;
    mark();
    if (pressed !== null && list.dataset.for === input.value) { const e = pressed; pressed = null; go(options()[at], e); }
  });
  watcher.observe(list, { attributes: true, attributeFilter: ['data-turn'] });

  function open() {
    if (dialog.open || document.querySelector('dialog[open]')) return;
    pressed = null;
    dialog.showModal();
    input.focus();
    input.select();
    ask('OpenedAsync');
  }

  function go(option, { tab }) {
    if (!option) return;
    const { href, does, n } = option.dataset;
    if (href !== undefined && tab) { window.open(href, '_blank', 'noopener'); return; }
    dialog.close();
    if (href !== undefined) globalThis.Blazor.navigateTo(href);
    else if (does === 'theme') document.querySelector('[data-theme-switch]')?.click();
    else if (does === 'help') document.querySelector('#help')?.showModal();
    else if (does === 'copy-link') navigator.clipboard?.writeText(location.href).catch(() => { /* the browser forbids it: the address is in its bar */ });
    else if (does === 'sign-out') { try { localStorage.removeItem(kept); } catch { /* there was nothing */ } document.querySelector('#sign-out')?.requestSubmit(); }
    else owner.invokeMethodAsync('Ask', Number(n)).catch(() => { /* as above */ });
  }

  function onKey(e) {
    if (e.isComposing) return;
    const count = options().length;
    if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && count) {
      e.preventDefault();
      at = (at + (e.key === 'ArrowDown' ? 1 : count - 1)) % count;
      mark();
    } else if (e.key === 'Enter') {
      e.preventDefault();
      const how = { tab: e.ctrlKey || e.metaKey };
      if (list.dataset.for === input.value && wanted === null) go(options()[at], how);
      else pressed = how;
    }
  }

  const onClick = (e) => {
    const option = e.target.closest('[role="option"]');
    if (option) go(option, { tab: e.ctrlKey || e.metaKey || e.button === 1 });
    else if (e.target === dialog) dialog.close();
  };
  const onInput = () => { pressed = null; ask(); };
  const onAsked = (e) => { if (e.target.closest?.('[data-palette]')) open(); };
  const onShortcut = (e) => {
    if (!(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey || e.key.toLowerCase() !== 'k') return;
    e.preventDefault();
    if (dialog.open) dialog.close(); else open();
  };
  input.addEventListener('input', onInput);
  input.addEventListener('keydown', onKey);
  dialog.addEventListener('click', onClick);
  document.addEventListener('click', onAsked);
  document.addEventListener('keydown', onShortcut);
  visited(location.pathname + location.search);

  return {
    visited,
    detach() {
      watcher.disconnect();
      document.removeEventListener('click', onAsked);
      document.removeEventListener('keydown', onShortcut);
    },
  };
}
