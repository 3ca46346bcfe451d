export function mark() { document.documentElement.dataset.interactive = '1'; }
