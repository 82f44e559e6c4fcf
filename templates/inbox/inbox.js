// Brings in new messages as they come. Without it the page works the same, after a reload.
const rows = document.querySelector('#rows');
const open = location.pathname.match(/^\/m\/(\d+)$/)?.[1] ?? '';
let received = document.body.dataset.received;

async function look() {
  const search = new URLSearchParams(location.search);
  if (open) search.set('open', open);
  const answer = await fetch(`/list?${search}`, { headers: { 'if-none-match': `"${received}"` } });
  if (answer.status !== 200) return;
  received = answer.headers.get('etag').replaceAll('"', '');
  // The first message of an empty page is shown whole.
  if (!document.querySelector('.envelope') && !open) return location.reload();
  const focused = rows.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  rows.innerHTML = await answer.text();
  if (focused) rows.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

async function watch() {
  try {
    if (!document.hidden) await look();
    document.body.classList.remove('offline');
  } catch {
    document.body.classList.add('offline');
  }
  setTimeout(watch, 2000);
}

if (rows) setTimeout(watch, 2000);

// j and k, as in most mail programs.
document.addEventListener('keydown', (event) => {
  if (event.target.matches('input') || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = { j: 'a[rel=next]', k: 'a[rel=prev]' }[event.key];
  if (link) document.querySelector(link)?.click();
});
