// What a page does beside being read: it fetches the parts that take longer, sends filters when they are chosen, and chooses
// all of a list.
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

// All of a list is chosen at once; without a script, one by one.
for (const all of document.querySelectorAll("[data-all]")) {
  const boxes = [...all.form.querySelectorAll("[name=actual]")];
  all.parentElement.hidden = !boxes.length;
  all.form.addEventListener("change", ({ target }) => {
    if (target === all) boxes.forEach((box) => (box.checked = all.checked));
    else all.checked = boxes.every((box) => box.checked);
  });
}

const upload = document.querySelector("[data-upload]");
if (upload) prepareUpload(upload);

// A chosen file is tried at once; confirmed, the same file is sent again in the same way, to be stored.
function prepareUpload(form) {
  const chosen = form.querySelector("input[type=file]");
  const mode = form.querySelector("input[name=mode]");
  const bar = form.querySelector("progress");
  const outcome = document.getElementById("outcome");
  const said = document.getElementById("said");
  const types = {
    xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    csv: "text/csv",
    ndjson: "application/x-ndjson",
  };
  let running = null;

  function show(nodes, again) {
    // With its button, the keyboard would lose its place: it goes on at what came of it.
    const isHere = outcome.contains(document.activeElement) || document.activeElement === document.body;
    outcome.removeAttribute("aria-busy");
    outcome.replaceChildren(...nodes);
    const summary = outcome.querySelector("[data-said]");
    said.textContent = summary ? summary.innerText : "";
    const confirm = outcome.querySelector("[data-confirm]");
    if (confirm) confirm.addEventListener("click", again, { once: true });
    if (isHere) (outcome.querySelector("[tabindex='-1']") || outcome).focus();
    outcome.scrollIntoView({ block: "nearest" });
  }

  function send(file, kind, dryRun) {
    // What was under way is of another file, or in another way.
    if (running) running.abort();
    const request = (running = new XMLHttpRequest());
    const type = types[file.name.split(".").pop().toLowerCase()] || file.type || "application/octet-stream";
    request.open("POST", `${form.dataset.upload}?dry_run=${dryRun}&mode=${kind}`);
    request.setRequestHeader("Content-Type", type);
    request.setRequestHeader("X-Part", "1");
    request.setRequestHeader("Accept", "text/html");
    request.upload.onprogress = (event) => {
      // Sent whole, it is still to be read: the bar runs without an end then.
      if (event.loaded < event.total) bar.value = (100 * event.loaded) / event.total;
      else bar.removeAttribute("value");
    };
    bar.hidden = false;
    bar.value = 0;
    outcome.setAttribute("aria-busy", "true");
    // Once it is being stored, nothing else is begun until it is known.
    chosen.disabled = mode.disabled = !dryRun;
    outcome.querySelectorAll("button").forEach((button) => (button.disabled = true));
    request.onloadend = () => {
      if (request !== running) return;
      running = null;
      bar.hidden = true;
      chosen.disabled = mode.disabled = false;
      const parsed = new DOMParser().parseFromString(request.responseText, "text/html");
      if (request.responseText) return show(parsed.body.childNodes, () => send(file, kind, false));
      const lost = document.createElement("p");
      lost.className = "wrong";
      lost.setAttribute("role", "alert");
      lost.textContent = dryRun ? form.dataset.notTried : form.dataset.notKnown;
      show([lost]);
      // The same file may be chosen again.
      chosen.value = "";
    };
    request.send(file);
  }

  function tryIt() {
    if (chosen.files[0]) send(chosen.files[0], mode.checked ? "partial" : "atomic", true);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  chosen.addEventListener("change", tryIt);
  mode.addEventListener("change", tryIt);
}
