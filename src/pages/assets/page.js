// What a page does beside being read: it fetches the parts that take longer, and sends filters when they are chosen.
"use strict";

for (const place of document.querySelectorAll("[data-part]")) fetchPart(place);

async function fetchPart(place) {
  const answer = await fetch(place.dataset.part, { headers: { "X-Part": "1", Accept: "text/html" } }).catch(() => null);
  // Signed out meanwhile: the page itself leads to the door.
  if (answer && answer.status === 401) return location.reload();
  place.removeAttribute("aria-busy");
  // Without an answer, the link to it stays.
  if (!answer) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceWith(...parsed.body.childNodes);
}

for (const chosen of document.querySelectorAll("form[method=get] select")) {
  chosen.addEventListener("change", () => chosen.form.requestSubmit());
}
