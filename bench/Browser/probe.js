// Measures in the page, by the browser's own clock. Times are milliseconds since the epoch, the same clock as the other programs of this machine.
(() => {
  if (window !== window.top || window.bench) return;
  // After the frame that shows it: the message is handled once that frame has been painted.
  const painted = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.timeOrigin + performance.now());
    channel.port2.postMessage(0);
  });
  const all = { childList: true, subtree: true, attributes: true, characterData: true };
  const bench = window.bench = { rows: 0, interactive: 0, seen: {}, pending: null };
  const asked = {};

  // How many rows the list has, and which is first.
  bench.shown = () => {
    const table = document.querySelector('#main table');
    const row = table?.querySelector('tr[data-row] a');
    return { total: table ? Number(table.getAttribute('aria-rowcount')) - 1 : 0, first: row ? decodeURIComponent(row.getAttribute('href')).split('?')[0] : '' };
  };

  // Navigation to rows on screen, and to a page that answers.
  const opening = new MutationObserver(() => {
    if (!asked.rows && document.querySelector('#main tr[data-row]')) { asked.rows = true; painted((at) => { bench.rows = at - performance.timeOrigin; }); }
    if (!asked.interactive && document.documentElement?.dataset.interactive) { asked.interactive = true; painted((at) => { bench.interactive = at - performance.timeOrigin; }); }
    if (asked.rows && asked.interactive) opening.disconnect();
  });
  opening.observe(document, all);

  const facet = (legend, value) => {
    for (const set of document.querySelectorAll('#main fieldset'))
      if (set.querySelector('legend')?.textContent.trim() === legend)
        for (const label of set.querySelectorAll('label'))
          if (label.querySelector('[title]')?.title === value) return Number(label.querySelector('.n')?.textContent.replace(/\D/g, ''));
    return NaN;
  };

  // From the next event of a kind to the paint of what it leads to. With no total given, to the first change of the list.
  // Gives the times of the list and, where a facet's value is named, of the number beside it.
  bench.expect = ({ kind, total, first, sorted, legend, value, count, palette }) => {
    bench.pending = new Promise((resolve, reject) => {
      let at = 0;
      const times = { list: null, facet: legend ? null : 0 };
      const on = (e) => { at ||= performance.timeOrigin + e.timeStamp; };
      addEventListener(kind, on, { capture: true });
      const end = () => { watcher.disconnect(); clearTimeout(limit); removeEventListener(kind, on, { capture: true }); };
      const limit = setTimeout(() => { end(); reject(new Error(`waited for ${JSON.stringify({ kind, total, first, sorted, legend, value, count, palette, at })}, shown is ${JSON.stringify(bench.shown())} ${facet(legend, value)}`)); }, 20000);
      const holds = () => {
        if (palette) return document.querySelector('#goto-list')?.dataset.for === palette;
        if (total === null) return true;
        const now = bench.shown();
        return now.total === total && now.first === first && (!sorted || document.querySelector('#main th[aria-sort]')?.textContent.trim().startsWith(sorted));
      };
      const note = (part) => { times[part] = 0; painted((then) => { times[part] = then - at; if (times.list && (!legend || times.facet)) { end(); resolve(times); } }); };
      const watcher = new MutationObserver(() => {
        if (!at) return;
        if (times.list === null && holds()) note('list');
        if (times.facet === null && facet(legend, value) === count) note('facet');
      });
      watcher.observe(palette ? document.body : document.querySelector('#main'), all);
    });
  };

  // When each mark came on screen.
  bench.follow = () => {
    const watcher = new MutationObserver((changes) => {
      let found = null;
      for (const change of changes)
        for (const node of change.type === 'childList' ? change.addedNodes : [change.target])
          for (const mark of (node.textContent ?? '').matchAll(/mark-(\d+)-/g))
            if (!(mark[1] in bench.seen)) { bench.seen[mark[1]] = 0; (found ??= []).push(mark[1]); }
      if (found) painted((at) => { for (const mark of found) bench.seen[mark] = at; });
    });
    watcher.observe(document.querySelector('#main'), { childList: true, subtree: true, characterData: true });
  };
})();
