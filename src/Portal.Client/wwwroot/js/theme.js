// Runs before anything is painted: the chosen theme, or none (then the system's counts).
(function () {
  try {
    const theme = localStorage.getItem('sluice-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch { /* storage is switched off: the system's theme counts */ }
})();
