// A window on a long list. The server renders lines [first, first + count) of total; two spacer rows stand for the others.
// Their heights are set here, through the CSSOM: a style attribute would be refused by the page's content security policy.
// Lines are rows, and headers where the list is grouped (data-heads: their lines); on a phone the two differ in height.
const margin = 6; // lines kept ready on both sides of what is in view

export function attach(table, box, owner) {
  let busy = false, wanted = false, stopped = false, rowHeight = 0, headHeight = 0, heads = [], headsText = '';
  const number = (name) => Number(table.dataset[name] ?? 0);
  const boxed = () => box.classList.contains('is-wide');

  function measure() {
    const row = table.querySelector('tr[data-row]');
    if (row) rowHeight = row.getBoundingClientRect().height;
    const head = table.querySelector('tr.group');
    if (head) headHeight = head.getBoundingClientRect().height;
    if (!rowHeight) rowHeight = headHeight;
    if (!headHeight) headHeight = rowHeight;
    const text = table.dataset.heads ?? '';
    if (text !== headsText) [headsText, heads] = [text, text === '' ? [] : text.split(',').map(Number)];
    return rowHeight;
  }

  // The first index for which the test holds, of a list of that many where it holds from somewhere on.
  function search(length, test) {
    let low = 0, high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(middle)) high = middle; else low = middle + 1;
    }
    return low;
  }

  function offset(line) {
    const above = search(heads.length, (i) => heads[i] >= line);
    return (line - above) * rowHeight + above * headHeight;
  }

  const lineAt = (y, total) => Math.max(0, search(total, (line) => offset(line + 1) > y));

  function space() {
    if (!measure()) return;
    const [before, after] = [table.querySelector('.space-before'), table.querySelector('.space-after')];
    const first = number('first'), rendered = number('count'), total = number('total');
    // The header of the group that the first line is in stands before it, so that it can stay in sight.
    const lead = table.hasAttribute('data-lead') ? headHeight : 0;
    if (before) before.style.height = `${Math.max(0, offset(first) - lead)}px`;
    if (after) after.style.height = `${Math.max(0, offset(total) - offset(Math.min(total, first + rendered)))}px`;
  }

  function look() {
    wanted = false;
    if (stopped || busy) return;
    const body = table.tBodies[0];
    if (!measure() || !body) return;
    const total = number('total'), first = number('first'), rendered = number('count');
    const frame = boxed() ? box.getBoundingClientRect() : { top: 0, bottom: innerHeight };
    const above = Math.max(frame.top, 0) - body.getBoundingClientRect().top;
    const y = Math.max(0, above);
    // What stands above the list takes room of the window, too; out of sight it still has the lines that a first scroll shows.
    const inView = Math.max(margin, Math.ceil((Math.min(frame.bottom, innerHeight) - Math.max(frame.top, 0) + Math.min(0, above)) / Math.min(rowHeight, headHeight)));
    const from = Math.max(0, Math.min(lineAt(y, total), total - inView));
    const to = Math.min(total, from + inView + 1);
    const early = Math.max(0, from - margin), late = Math.min(total, to + margin);
    if (early >= first && late <= first + rendered) return;
    busy = true;
    // Who has not scrolled yet gets no more than is kept ready: each line costs at every rendering.
    const start = Math.max(0, from - 2 * margin), end = Math.min(total, to + (from === 0 ? margin : 2 * margin));
    owner.invokeMethodAsync('Show', start, end - start)
      .catch(() => { /* the circuit is gone; the reconnect notice says so */ })
      .finally(() => { busy = false; ask(); });
  }

  function ask() {
    if (wanted || stopped) return;
    wanted = true;
    requestAnimationFrame(look);
  }

  function onResize() { space(); ask(); }

  // --- selecting: one listener for all rows; the server is told the address, because lines may change place in between ---
  function onClick(e) {
    const cell = e.target.closest('tbody .c-sel');
    const input = cell?.querySelector('input');
    if (!input || e.target !== input) {
      if (input) input.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: e.shiftKey }));
      return;
    }
    pick(input, e.shiftKey);
  }

  function pick(input, range) {
    const href = input.closest('tr').querySelector('.name a')?.getAttribute('href');
    if (href) owner.invokeMethodAsync('Pick', href, input.checked, range).catch(() => { /* the circuit is gone; the reconnect notice says so */ });
  }

  // Shift and a click would mark text, too.
  function onDown(e) { if (e.shiftKey && e.target.closest('.c-sel')) e.preventDefault(); }

  // A text that is cut off is there in full on hover; said here, because most are not cut off.
  function onOver(e) {
    const cell = e.target.closest('tbody td');
    if (cell && !cell.title && !cell.firstElementChild && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent;
  }

  // Runs before the next paint: the rows and the room for the others change together.
  const watcher = new MutationObserver(() => { space(); ask(); });
  watcher.observe(table, { attributes: true, attributeFilter: ['data-first', 'data-count', 'data-total', 'data-heads', 'data-lead', 'class', 'data-cols'] });
  addEventListener('scroll', ask, { passive: true });
  box.addEventListener('scroll', ask, { passive: true });
  addEventListener('resize', onResize, { passive: true });
  table.addEventListener('click', onClick);
  table.dataset.listens = '1';
  // Someone was faster than this script: what is ticked counts.
  for (const input of table.querySelectorAll('tbody tr:not([aria-selected]) .c-sel input:checked')) pick(input, false);
  table.addEventListener('mousedown', onDown);
  table.addEventListener('mouseover', onOver, { passive: true });
  space();
  ask();

  return {
    top() {
      box.scrollTop = 0;
      const y = table.getBoundingClientRect().top + scrollY - 120;
      if (scrollY > y) scrollTo({ top: Math.max(0, y) });
      ask();
    },
    // Where a line is above what is in view, back to it; a group that is folded while its header is kept in sight goes with its rows.
    reveal(line) {
      space();
      const head = table.tHead.getBoundingClientRect().height;
      const frame = boxed() ? box.getBoundingClientRect().top + head : (table.tHead.rows[0]?.cells[0]?.getBoundingClientRect().bottom ?? 0);
      const by = table.tBodies[0].getBoundingClientRect().top + offset(line) - frame;
      if (by < 0) (boxed() ? box : globalThis).scrollBy({ top: by });
      ask();
    },
    detach() {
      stopped = true;
      watcher.disconnect();
      removeEventListener('scroll', ask);
      removeEventListener('resize', onResize);
    },
  };
}
