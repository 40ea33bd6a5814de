// Makes pages quicker that work without it. Nothing here decides anything; nothing is loaded from elsewhere.
"use strict";

// --- one question at a time: keys, and the next question in place of the last --------------------------

let busy = false;

function typing(target) {
  return target.closest("input:not([type=radio]), textarea, select") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  const key = event.key.toLowerCase();
  // Space on a focused control presses it, as everywhere.
  if (key === " " && event.target.closest("button, a, summary, label")) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (!busy && !event.repeat) wanted.click();
});

async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  document.getElementById("main").replaceWith(document.adoptNode(fresh));
  for (const part of [".steps", ".top"]) {
    const now = document.querySelector(part), next = page.querySelector(part);
    if (now && next) now.replaceWith(document.adoptNode(next));
  }
  document.body.className = page.body.className;
  document.title = page.title;
  history.replaceState(null, "", answer.headers.get("x-here") || answer.url);
  arrive();
  fresh.focus({ preventScroll: true });
}

async function send(form, button) {
  busy = true;
  const data = new URLSearchParams(new FormData(form));
  if (button && button.name) data.set(button.name, button.value);
  if (button) button.classList.add("pressed");
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-At-Once": "1" } });
    await show(answer);
  } catch {
    form.submit();
  } finally {
    busy = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id === "decide" || form.id === "undo") {
    event.preventDefault();
    if (!busy) send(form, event.submitter);
  } else if (form.id === "upload") {
    event.preventDefault();
    upload(form);
  }
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a#next");
  if (!link || event.ctrlKey || event.metaKey || busy) return;
  event.preventDefault();
  busy = true;
  try {
    await show(await fetch(link.href));
  } catch {
    location.href = link.href;
  } finally {
    busy = false;
  }
});

// --- the whole page: dragged with the pointer, turned to the row in question ----------------------------

function arrive() {
  const pan = document.getElementById("pan");
  if (!pan) return;
  const centre = () => {
    const here = pan.querySelector(".here");
    if (!here) return;
    const box = here.getBoundingClientRect(), frame = pan.getBoundingClientRect();
    pan.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
    pan.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  };
  centre();
  for (const zoom of document.querySelectorAll(".zoom > input")) zoom.addEventListener("change", centre);
  let held = null;
  pan.addEventListener("pointerdown", (event) => {
    held = [event.clientX + pan.scrollLeft, event.clientY + pan.scrollTop];
    pan.setPointerCapture(event.pointerId);
  });
  pan.addEventListener("pointermove", (event) => {
    if (held) pan.scrollTo(held[0] - event.clientX, held[1] - event.clientY);
  });
  pan.addEventListener("pointerup", () => { held = null; });
  pan.addEventListener("dragstart", (event) => event.preventDefault());
}

// --- files on their way, and pages as they are read -----------------------------------------------------

function upload(form) {
  const bar = document.getElementById("sent"), request = new XMLHttpRequest();
  bar.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) { bar.max = event.total; bar.value = event.loaded; }
  });
  request.addEventListener("load", () => {
    if (request.status === 200) { location.href = form.dataset.after || location.pathname; return; }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const fresh = page.getElementById("main");
    if (fresh) document.getElementById("main").replaceWith(document.adoptNode(fresh));
  });
  request.addEventListener("error", () => form.submit());
  request.open("POST", form.action);
  request.send(new FormData(form));
}

function follow(panel) {
  const going = (state) => state === "running" || state === "stopping";
  if (!going(panel.dataset.state)) return;
  const thumbs = document.getElementById("thumbs");
  const look = async () => {
    const now = await (await fetch(panel.dataset.progress)).json();
    const bar = document.getElementById("bar");
    bar.max = now.total || 1;
    bar.value = now.done;
    document.getElementById("said").textContent = now.said;
    document.querySelector(".steps [aria-current] .note").textContent = now.note;
    for (const sum of document.querySelectorAll("[data-sum]")) {
      if (sum.dataset.sum in now.sums) sum.textContent = now.sums[sum.dataset.sum];
    }
    const known = new Set([...thumbs.children].map((each) => each.dataset.page));
    for (const each of now.thumbs) {
      if (known.has(each.page)) continue;
      const item = document.createElement("li");
      item.dataset.page = each.page;
      if (each.flagged) item.className = "flagged";
      if (each.picture) {
        const picture = new Image(78, 110);
        picture.alt = "";
        picture.src = `${panel.dataset.pictures}${each.page}/thumb.jpg`;
        item.append(picture);
      }
      thumbs.append(item);
    }
    if (going(now.state)) setTimeout(look, 400);
    else location.reload();
  };
  look();
}

// --- the ballot as it would print ----------------------------------------------------------------------

function preview(form) {
  let waiting = 0, asked = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++asked;
      const data = new FormData(form);
      data.delete("file");
      const answer = await fetch(form.dataset.preview, { method: "POST", body: data });
      if (!answer.ok || mine !== asked) return;
      const told = await answer.json();
      for (const line of form.querySelectorAll("[data-fault]")) {
        line.textContent = told.faults[line.dataset.fault] || "";
        line.hidden = !line.textContent;
        line.closest(".field").classList.toggle("wrong", !line.hidden);
      }
      if (!told.pages) return;
      const place = document.getElementById("preview");
      const alt = place.querySelector("img")?.alt || "";
      place.replaceChildren(...told.pages.map((address) => {
        const picture = new Image(840, 1188);
        picture.alt = alt;
        picture.src = address;
        return picture;
      }));
    }, 500);
  });
}

arrive();
document.querySelectorAll("[data-preview]").forEach(preview);
document.querySelectorAll("[data-progress]").forEach(follow);
document.querySelectorAll(".drop").forEach((place) => {
  const input = place.querySelector("input");
  place.addEventListener("dragover", (event) => { event.preventDefault(); place.classList.add("over"); });
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    input.files = event.dataTransfer.files;
  });
});
