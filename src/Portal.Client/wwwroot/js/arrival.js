// Runs before all others. A page whose scripts or styles did not all arrive, as where a phone changes its network meanwhile, is drawn but dead: it loads itself again as soon as the server answers.
(function () {
  const key = 'sluice:arrivals', waits = [0, 1000, 5000, 15000, 30000];
  const $ = (selector) => document.querySelector(selector);
  let failed = false, timer = 0;

  addEventListener('error', ({ target: part }) => {
    if (failed || !(part instanceof HTMLScriptElement || (part instanceof HTMLLinkElement && part.rel === 'stylesheet'))) return;
    failed = true;
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', say); else say();
    again(waits[Math.min(noted(), waits.length - 1)]);
  }, true);

  /** Notes this failure; how many there were in the last three minutes, so that what keeps failing is asked for ever more slowly. */
  function noted() {
    try {
      const recent = (JSON.parse(sessionStorage.getItem(key)) ?? []).filter((at) => Date.now() - at < 180000);
      sessionStorage.setItem(key, JSON.stringify([...recent, Date.now()].slice(-waits.length)));
      return recent.length;
    } catch {
      return 1; // no storage: always after the same wait
    }
  }

  function say() {
    const box = $('#connection-lost');
    if (!box) return;
    box.querySelectorAll('[data-why]').forEach((part) => { part.hidden = part.dataset.why !== 'arrival'; });
    box.querySelector('[data-reconnect]').addEventListener('click', () => again(0));
    box.showPopover?.();
  }

  function again(ms) {
    clearTimeout(timer);
    timer = setTimeout(seek, ms);
  }

  async function seek() {
    try {
      // Loading it without a network would leave the browser's own page in its place.
      await fetch('healthz', { cache: 'no-store', redirect: 'manual', signal: AbortSignal.timeout(5000) });
      location.reload();
    } catch {
      again(3000);
    }
  }
})();
