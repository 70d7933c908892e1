// Runs before the first paint, so that a chosen theme does not flash in late. The client keeps both keys.
try {
  const root = document.documentElement;
  const { theme } = JSON.parse(localStorage.getItem("studyhall.prefs") ?? "{}");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const language = localStorage.getItem("studyhall.language");
  if (language) root.lang = language;
} catch {
  // Storage is off: the system's theme and English will do.
}
