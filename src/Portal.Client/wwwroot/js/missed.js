// What a page showed when it lost the server, compared with what it shows once it is back. Only what a person saw counts, and ages do not.
const seen = '#main tr[data-row], #main [data-live]';
const nameOf = (e) => e.dataset.live || e.dataset.key || e.querySelector('a[href]')?.getAttribute('href') || '';
const most = 400;

function inView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight && bottom > top;
}

function print(element) {
  let hash = 0x811c9dc5;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, (node) => (node.parentElement.closest('time[data-age]') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  while (walker.nextNode()) {
    for (const letter of walker.currentNode.nodeValue.trim()) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193);
  }
  return hash >>> 0;
}

/** What is in view now: a print of each row or part by its name. */
export function look() {
  const prints = {};
  for (const element of [...document.querySelectorAll(seen)].filter(inView).slice(0, most)) {
    const name = nameOf(element);
    if (name) prints[name] = print(element);
  }
  return { url: location.pathname + location.search, rows: document.querySelector('#main tr[data-row]') !== null, prints };
}

/** How many of what was seen changed and how many are not here any more; marks those that changed. Null where there is nothing to compare. */
export function compare(before) {
  const names = Object.keys(before.prints);
  if (before.url !== location.pathname + location.search || names.length === 0) return null;
  const now = new Map([...document.querySelectorAll(seen)].map((element) => [nameOf(element), element]));
  let changed = 0, gone = 0;
  for (const name of names) {
    const element = now.get(name);
    if (!element) gone++;
    else if (print(element) !== before.prints[name]) { changed++; element.dataset.missed = ''; }
  }
  return { all: names.length, changed, gone, what: before.rows ? 'row' : 'part' };
}

/** Waits until the page is whole and has been still for a moment. */
export async function settled() {
  const until = Date.now() + 20000;
  let last = '';
  for (let still = 0; still < 3 && Date.now() < until;) {
    await new Promise((done) => setTimeout(done, 200));
    const now = JSON.stringify(look().prints);
    still = now === last && !document.querySelector('#main .partial[data-whole="no"]') && now !== '{}' ? still + 1 : 0;
    last = now;
  }
}

export function unmark() {
  document.querySelectorAll('[data-missed]').forEach((element) => { delete element.dataset.missed; });
}
