// The YAML text area: line numbers, marked lines, Tab for two spaces, and what was typed to the server 250 ms after the last key.
const editors = new WeakMap();

export function attach(root, dotnet, text) {
  const area = root.querySelector('textarea');
  const gutter = root.querySelector('.yaml-gutter');
  const state = { area, gutter, root, dotnet, timer: 0, sent: text, sendings: 0 };
  editors.set(root, state);
  area.value = text;
  area.addEventListener('input', () => { number(state); later(state); });
  area.addEventListener('scroll', () => { gutter.scrollTop = area.scrollTop; });
  area.addEventListener('blur', () => send(state));
  area.addEventListener('keydown', (e) => key(e, state));
  number(state);
}

export function update(root, text, seen) {
  const state = editors.get(root);
  if (!state) return;
  // What was typed, or sent, since the text left the server is newer than it.
  if (text !== null && seen === state.sendings && state.area.value === state.sent) {
    const { selectionStart, selectionEnd, scrollTop } = state.area;
    state.area.value = text;
    state.sent = text;
    state.area.setSelectionRange(Math.min(selectionStart, text.length), Math.min(selectionEnd, text.length));
    state.area.scrollTop = scrollTop;
  }
  number(state);
}

export function goTo(root, line) {
  const state = editors.get(root);
  if (!state) return;
  const lines = state.area.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
  state.area.focus();
  state.area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  const height = parseFloat(getComputedStyle(state.area).lineHeight);
  state.area.scrollTop = Math.max(0, (line - 6) * height);
}

function key(e, state) {
  // Esc, then Tab leaves the field: the keyboard must never be trapped.
  if (e.key === 'Escape') { state.leave = true; return; }
  if (e.key !== 'Tab' || state.leave || e.shiftKey || state.area.readOnly) { if (e.key !== 'Shift') state.leave = false; return; }
  e.preventDefault();
  state.area.setRangeText('  ', state.area.selectionStart, state.area.selectionEnd, 'end');
  state.area.dispatchEvent(new Event('input'));
}

function later(state) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => send(state), 250);
}

function send(state) {
  clearTimeout(state.timer);
  if (state.area.value === state.sent || !state.root.isConnected) return;
  state.sent = state.area.value;
  state.sendings++;
  state.dotnet.invokeMethodAsync('Typed', state.sent, state.sendings).catch(() => { state.sent = null; });
}

function number(state) {
  const marks = new Map((state.root.dataset.marks ?? '').split(' ').filter(Boolean).map((m) => m.split(':')).map(([line, kind]) => [Number(line), kind]));
  const count = state.area.value.split('\n').length;
  const shape = `${count}|${state.root.dataset.marks}`;
  if (shape === state.shape) return;
  state.shape = shape;
  const rows = [];
  for (let i = 1; i <= count; i++) {
    const row = document.createElement('span');
    row.textContent = i;
    const kind = marks.get(i);
    if (kind) row.className = kind === 'e' ? 'err' : 'caution';
    rows.push(row);
  }
  state.gutter.replaceChildren(...rows);
  state.gutter.scrollTop = state.area.scrollTop;
}
