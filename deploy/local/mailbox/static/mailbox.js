// Says when there is new mail. The page never changes by itself: whoever reads it decides when to load it again.
const news = document.getElementById("news");
if (news) {
  const asked = new URLSearchParams({ to: news.dataset.to, after: news.dataset.newest });
  let told = 0;
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(`/api/messages?${asked}`).catch(() => null);
    if (!answer || !answer.ok) return;
    const count = (await answer.json()).length;
    if (count === told) return;
    told = count;
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = count === 1 ? "1 new mail: show it" : `${count} new mails: show them`;
    news.replaceChildren(link);
  }, 2000);
}
