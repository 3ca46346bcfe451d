// The columns of a table: widths, pins, moving by pointer or keys. Widths are set through the CSSOM: the page's policy refuses style attributes.
// A table whose columns somebody chose keeps their widths, and scrolls inside its box where that is too narrow; any other table hides its last columns by class.
const near = 6; // pixels that a pointer may tremble before a press is a drag
const step = 16;

export function attach(table, box, owner) {
  const heads = () => [...table.tHead.rows[0].cells].filter((th) => th.dataset.col);
  const call = (name, ...args) => owner.invokeMethodAsync(name, ...args).catch(() => { /* the circuit is gone; the notice says so */ });
  const set = (element, name, value) => { if (element.style[name] !== value) element.style[name] = value; };

  function lay() {
    const cards = getComputedStyle(table.tHead).display === 'none';
    const columns = heads();
    const width = (th) => Number(th.dataset.w || th.dataset.min);
    const select = table.tHead.rows[0].cells[0].offsetWidth || 32;
    const sum = select + columns.reduce((all, th) => all + width(th), 0);
    const chosen = table.hasAttribute('data-chosen') && !cards;
    const wide = chosen && sum > box.clientWidth;
    table.style.setProperty('--box', `${box.clientWidth}px`);
    box.classList.toggle('is-wide', wide);
    set(table, 'minWidth', wide ? `${sum}px` : '');
    for (const th of columns) set(th, 'width', th.dataset.w && !cards ? `${th.dataset.w}px` : chosen && th.dataset.col !== 'cause' ? `${width(th)}px` : '');
    let left = select;
    columns.filter((th) => th.classList.contains('pin')).forEach((th, i) => {
      table.style.setProperty(`--pin-${i}`, `${left}px`);
      left += wide ? width(th) : th.offsetWidth;
    });
  }

  // --- size ---
  function size(e, th) {
    e.preventDefault();
    const [from, at] = [th.offsetWidth, e.clientX];
    let width = from;
    th.classList.add('is-sized');
    follow(e, (move) => {
      width = Math.max(36, Math.min(900, Math.round(from + move.clientX - at)));
      th.style.width = `${width}px`;
    }, (done) => {
      th.classList.remove('is-sized');
      if (done && width !== from) call('SizeColumn', th.dataset.col, width); else lay();
    });
  }

  // --- move ---
  function move(e, th) {
    const at = e.clientX;
    let target = null, dragged = false;
    const clear = () => heads().forEach((head) => head.classList.remove('drop-before', 'drop-after', 'is-moved'));
    follow(e, (now) => {
      if (!dragged && Math.abs(now.clientX - at) < near) return;
      dragged = true;
      clear();
      th.classList.add('is-moved');
      const all = heads().filter((head) => head.offsetWidth > 0);
      target = all.find((head) => { const r = head.getBoundingClientRect(); return now.clientX < r.left + r.width / 2; }) ?? null;
      if (target) target.classList.add('drop-before'); else all.at(-1).classList.add('drop-after');
    }, (done) => {
      clear();
      if (!dragged) return;
      // The click that ends a drag is no order to sort.
      const swallow = (click) => { click.stopPropagation(); click.preventDefault(); };
      addEventListener('click', swallow, true);
      setTimeout(() => removeEventListener('click', swallow, true));
      if (done && target !== th) call('MoveColumn', th.dataset.col, target?.dataset.col ?? null);
    });
  }

  function follow(e, moved, ended) {
    const end = (done) => {
      removeEventListener('pointermove', moved);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', off);
      removeEventListener('keydown', key, true);
      ended(done);
    };
    const up = () => end(true);
    const off = () => end(false);
    const key = (k) => { if (k.key === 'Escape') { k.stopPropagation(); off(); } };
    addEventListener('pointermove', moved);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', off);
    addEventListener('keydown', key, true);
  }

  function onDown(e) {
    const th = e.target.closest('th[data-col]');
    if (!th || e.button !== 0 || e.pointerType === 'touch') return;
    if (e.target.closest('[data-grip]')) size(e, th); else move(e, th);
  }

  function onDouble(e) {
    const grip = e.target.closest('[data-grip]');
    if (grip) call('SizeColumn', grip.closest('th').dataset.col, null);
  }

  async function onKey(e) {
    const th = e.target.closest('th[data-col]');
    if (!th || e.ctrlKey || e.metaKey || e.altKey) return;
    const name = th.dataset.col;
    let asked;
    if (e.key === '<' || e.key === '>') asked = call('StepColumn', name, e.key === '<' ? -1 : 1);
    else if (e.key === '-' || e.key === '+') asked = call('SizeColumn', name, Math.max(36, th.offsetWidth + (e.key === '+' ? step : -step)));
    else return;
    e.preventDefault();
    e.stopPropagation();
    await asked;
    // A head that moves loses the focus on its way.
    requestAnimationFrame(() => heads().find((head) => head.dataset.col === name)?.querySelector('button').focus());
  }

  // As .c-mid in app.css: what that hides need not be rendered.
  const narrow = matchMedia('(max-width: 1560px)');
  const fit = () => call('Fit', narrow.matches);

  const watcher = new MutationObserver(lay);
  watcher.observe(table, { attributes: true, attributeFilter: ['data-cols', 'class'] });
  const room = new ResizeObserver(lay);
  room.observe(box.parentElement);
  table.tHead.addEventListener('pointerdown', onDown);
  table.tHead.addEventListener('dblclick', onDouble);
  table.tHead.addEventListener('keydown', onKey);
  narrow.addEventListener('change', fit);
  lay();
  fit();

  return {
    detach() {
      narrow.removeEventListener('change', fit);
      watcher.disconnect();
      room.disconnect();
      table.tHead?.removeEventListener('pointerdown', onDown);
      table.tHead?.removeEventListener('dblclick', onDouble);
      table.tHead?.removeEventListener('keydown', onKey);
    },
  };
}
