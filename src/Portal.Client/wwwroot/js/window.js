// A window on a long list. The server renders rows [first, first + count) of total; two spacer rows stand for the others.
// Their heights are set here, through the CSSOM: a style attribute would be refused by the page's content security policy.
const margin = 12; // rows kept ready on both sides of what is in view

export function attach(table, owner) {
  let busy = false, wanted = false, stopped = false, height = 0;
  const number = (name) => Number(table.dataset[name] ?? 0);

  function measure() {
    const row = table.querySelector('tr[data-row]');
    if (row) height = row.getBoundingClientRect().height;
    return height;
  }

  function space() {
    const h = measure();
    if (!h) return;
    const [before, after] = [table.querySelector('.space-before'), table.querySelector('.space-after')];
    const first = number('first'), rendered = number('count'), total = number('total');
    if (before) before.style.height = `${first * h}px`;
    if (after) after.style.height = `${Math.max(0, total - first - rendered) * h}px`;
  }

  function look() {
    wanted = false;
    if (stopped || busy) return;
    const h = measure();
    const body = table.tBodies[0];
    if (!h || !body) return;
    const total = number('total'), first = number('first'), rendered = number('count');
    const top = Math.floor(-body.getBoundingClientRect().top / h);
    const inView = Math.ceil(innerHeight / h);
    const from = Math.max(0, Math.min(top, total - inView));
    const to = Math.min(total, from + inView + 1);
    const early = Math.max(0, from - margin), late = Math.min(total, to + margin);
    if (early >= first && late <= first + rendered) return;
    busy = true;
    const start = Math.max(0, from - 2 * margin);
    owner.invokeMethodAsync('Show', start, Math.min(total - start, inView + 4 * margin))
      .catch(() => { /* the circuit is gone; the reconnect notice says so */ })
      .finally(() => { busy = false; ask(); });
  }

  function ask() {
    if (wanted || stopped) return;
    wanted = true;
    requestAnimationFrame(look);
  }

  // Runs before the next paint: the rows and the room for the others change together.
  const watcher = new MutationObserver(() => { space(); ask(); });
  watcher.observe(table, { attributes: true, attributeFilter: ['data-first', 'data-count', 'data-total'] });
  addEventListener('scroll', ask, { passive: true });
  addEventListener('resize', onResize, { passive: true });
  function onResize() { space(); ask(); }
  space();
  ask();

  return {
    top() {
      const y = table.getBoundingClientRect().top + scrollY - 120;
      if (scrollY > y) scrollTo({ top: Math.max(0, y) });
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
