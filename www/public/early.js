// Runs before the first paint, so that the page never flashes in the wrong theme or language.
// The same choices are made by src/lib/prefs.ts; a file of its own because the CSP forbids inline code.
(function () {
  var prefs = {};
  try {
    prefs = JSON.parse(localStorage.getItem('allday.prefs') || '{}') || {};
  } catch (_) {
    // A damaged entry counts as no preference.
  }
  var root = document.documentElement;
  var dark =
    prefs.theme === 'dark' ||
    (prefs.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  var bar = document.querySelector('meta[name=theme-color]');
  if (dark) bar.content = bar.dataset.dark;
  var wanted = prefs.lang === 'ko' || prefs.lang === 'en' ? [prefs.lang] : navigator.languages;
  var known = (wanted || []).filter(function (l) {
    return /^(ko|en)\b/i.test(l);
  })[0];
  root.lang = known && /^ko/i.test(known) ? 'ko' : 'en';
})();
