// A native modal dialog: the browser keeps the focus inside, closes on Escape and gives the focus back.
export function open(element, owner) {
  if (element.open) return;
  element.addEventListener('close', () => owner.invokeMethodAsync('Closed').catch(() => { /* the circuit is gone, and with it the dialog */ }), { once: true });
  element.showModal();
  // Not the first field: a long plan above it would be scrolled out of sight before it was read.
  element.querySelector('[autofocus], .ask-body')?.focus();
}

export function close(element) {
  if (element?.open) element.close();
}
