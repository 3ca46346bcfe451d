// The server's time and how ages are said, for everything that ticks in the browser.
const nbsp = '\u00a0';
const two = (n) => String(n).padStart(2, '0');
let offset = 0;

/** This machine's clock may be wrong: the server's counts. */
export function setServerTime(ms) {
  const behind = ms - Date.now();
  if (Math.abs(behind) > 5000) offset = behind;
}

export const now = () => Date.now() + offset;
export const minute = (ms) => `${new Date(ms).toISOString().slice(11, 16)} UTC`;
export const clock = (ms) => `${new Date(ms).toISOString().slice(11, 19)} UTC`;

export function short(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m${nbsp}${two(s % 60)}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h${nbsp}${two(Math.floor(s / 60) % 60)}m`;
  return `${Math.floor(s / 86400)}d${nbsp}${two(Math.floor(s / 3600) % 24)}h`;
}

export function words(ms) {
  const s = Math.max(1, Math.floor(ms / 1000));
  if (s < 60) return `${s}${nbsp}s`;
  if (s < 3600) return `${Math.floor(s / 60)}${nbsp}min${nbsp}${s % 60}${nbsp}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}${nbsp}h${nbsp}${Math.floor(s / 60) % 60}${nbsp}min`;
  return `${Math.floor(s / 86400)}${nbsp}d${nbsp}${Math.floor(s / 3600) % 24}${nbsp}h`;
}
