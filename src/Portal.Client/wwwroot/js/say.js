// One short message at the edge of the page, read aloud.
export function say(text) {
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.textContent = text;
  document.querySelector('#said').replaceChildren(toast);
  setTimeout(() => toast.remove(), 4000);
}
