// The reader's choice of light and dark, before anything is drawn.
try {
  const theme = localStorage.getItem("graphstore-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* a browser that keeps nothing follows the system */ }
