// Makes pages quicker that work without it. Nothing here decides anything; nothing is loaded from elsewhere.
"use strict";

// --- one question at a time: keys, and the next question in place of the last --------------------------

// A key must not wait for the server: the next question is fetched ahead, with its pictures, and shown at once
// while the answer is on its way. What is pressed in the meantime waits for the word that the answer is kept;
// where it was refused, the page goes back to its question and says so.

const AT_ONCE = { headers: { "X-At-Once": "1" } };

let busy = false;  // the server is asked
let held = null;   // what was pressed meanwhile: [the question's key, the control's]
let ahead = null;  // the next question, ready to be shown

function typing(target) {
  return target.closest("input:not([type=radio]), textarea, select") !== null;
}

function control(key) {
  return document.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

function question(place = document) {
  return place.querySelector("#question")?.dataset.key;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  const key = event.key.toLowerCase();
  // Space on a focused control presses it, as everywhere.
  if (key === " " && event.target.closest("button, a, summary, label")) return;
  const wanted = control(key);
  // The page shown at once may lack what the server's has: a first answer can be taken back only once it is kept.
  if (busy && key.length === 1 && !event.repeat) held = [question(), key];
  if (!wanted) return;
  event.preventDefault();
  if (!busy && !event.repeat) wanted.click();
});

// --- pictures of the next question, kept in the page's memory alone -----------------------------------

const pictures = new Map();
const MOST_PICTURES = 16;

async function fetchPicture(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(address);
  const local = URL.createObjectURL(await answer.blob());
  const drawn = new Image();
  drawn.src = local;
  await drawn.decode();
  return { local, drawn };
}

async function picture(address) {
  const known = pictures.get(address) || fetchPicture(address);
  pictures.delete(address);
  pictures.set(address, known);
  for (const old of [...pictures.keys()].slice(0, -MOST_PICTURES)) {
    pictures.get(old).then(({ local }) => URL.revokeObjectURL(local), () => {});
    pictures.delete(old);
  }
  try {
    return (await known).local;
  } catch {
    pictures.delete(address);
    return address;
  }
}

// The row's crop is waited for; the whole page beside it, which takes the server longer, may come later.
function withPictures(main) {
  const crops = [];
  for (const place of main.querySelectorAll("img[src], image[href]")) {
    const name = place.matches("img") ? "src" : "href", address = place.getAttribute(name);
    place.removeAttribute(name);
    const there = picture(address).then((local) => place.setAttribute(name, local));
    if (place.matches(".crop image, .seal")) crops.push(there);
  }
  return Promise.all(crops);
}

async function lookAhead() {
  const link = document.getElementById("next");
  ahead = null;
  if (!link || !question()) return;
  const address = link.href;
  try {
    const next = await read(await fetch(address, AT_ONCE));
    if (!question(next.main)) return;  // answered by now, here or by another: the server knows what is next
    await withPictures(next.main);
    if (document.getElementById("next")?.href === address) ahead = { ...next, address };
  } catch { /* it is fetched when it is asked for */ }
}

// --- one page in place of another ----------------------------------------------------------------------

async function read(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.getElementById("main");
  if (!main) throw new Error(answer.status);
  const around = [".steps", ".top"].map((part) => [part, page.querySelector(part)]);
  return { main, around, kind: page.body.className, title: page.title };
}

function place(next, address) {
  const last = document.getElementById("main");
  const fresh = document.adoptNode(next.main);
  last.replaceWith(fresh);
  placeAround(next);
  document.body.className = next.kind;
  document.title = next.title;
  history.replaceState(null, "", address);
  arrive();
  fresh.focus({ preventScroll: true });
  return last;
}

function placeAround(next) {
  for (const [part, fresh] of next.around) {
    const now = document.querySelector(part);
    if (now && fresh) now.replaceWith(document.adoptNode(fresh));
  }
}

// The question that is shown already, as the server now has it: pictures, zoom and typed words stay.
function refresh(next) {
  const same = (part) => document.querySelector(part)?.innerHTML === next.main.querySelector(part)?.innerHTML;
  if (!question() || question() !== question(next.main) || !same(".answers") || !same(".dispute")) return false;
  for (const part of [".progress-line", ".back", ".needed"]) {
    document.querySelector(part).replaceWith(document.adoptNode(next.main.querySelector(part)));
  }
  refreshNext(next.main.querySelector("#next"));
  placeAround(next);
  return true;
}

// A page that was fetched ahead still leads on to what was answered since; behind the last question there is none.
function refreshNext(fresh) {
  const link = document.getElementById("next");
  if (link && fresh) link.href = fresh.href;
  else if (link) link.remove();
  else if (fresh) document.querySelector(".back").after(document.adoptNode(fresh));
}

async function show(answer, optimistic = false) {
  const next = await read(answer);
  if (optimistic && answer.ok && refresh(next)) return;
  place(next, answer.headers.get("x-here") || (answer.ok ? answer.url : location.href));
}

function lost(main) {
  const told = document.createElement("p");
  told.className = "fault";
  told.setAttribute("role", "alert");
  told.textContent = document.body.dataset.lost;
  main.prepend(told);
}

async function ask(sent, before = null, address = "") {
  busy = true;
  document.body.classList.add("sending");
  try {
    await show(await sent, before !== null);
  } catch {
    if (before) {
      document.getElementById("main").replaceWith(before);
      history.replaceState(null, "", address);
    }
    held = null;
    lost(document.getElementById("main"));
  } finally {
    busy = false;
    document.body.classList.remove("sending");
    document.querySelector(".pressed")?.classList.remove("pressed");
  }
  const [key, pressed] = held || [];
  held = null;
  if (key && key === question() && control(pressed)) control(pressed).click();
  else lookAhead();
}

function send(form, button) {
  const data = new URLSearchParams(new FormData(form));
  if (button && button.name) data.set(button.name, button.value);
  if (button) button.classList.add("pressed");
  const sent = fetch(form.action, { method: "POST", body: data, keepalive: true, ...AT_ONCE });
  const here = location.href;
  // A word about the whole sheet may change which question is next.
  const sure = ahead && button?.matches(".answers.row .answer:not(.sheet)");
  const next = sure ? ahead : null;
  ahead = null;
  return ask(sent, next && place(next, next.address), here);
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

document.addEventListener("click", (event) => {
  const link = event.target.closest("a#next");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (busy) return;
  if (ahead) {
    place(ahead, ahead.address);
    lookAhead();
  } else {
    ask(fetch(link.href, AT_ONCE));
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
      for (const line of form.querySelectorAll("[data-fault], [data-doubt]")) {
        const { fault, doubt } = line.dataset;
        line.textContent = (fault ? told.faults[fault] : told.contradictions[doubt]) || "";
        line.hidden = !line.textContent;
      }
      for (const field of form.querySelectorAll(".field")) {
        field.classList.toggle("wrong", field.querySelector("[data-fault]:not([hidden]), [data-doubt]:not([hidden])") !== null);
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

// --- nothing that was typed is lost without a word; files are named beside their button -------------------

function keepTyped(form) {
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
}

function tell(input) {
  const told = input.closest(".pick").querySelector("output"), none = told.textContent;
  input.addEventListener("change", () => {
    const names = [...input.files].map((each) => each.name);
    const more = names.length > 3 ? ` … (${names.length})` : "";
    told.textContent = names.length ? names.slice(0, 3).join(", ") + more : none;
  });
}

arrive();
lookAhead();
document.querySelectorAll("[data-unsaved]").forEach(keepTyped);
document.querySelectorAll(".pick input[type=file]").forEach(tell);
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
    input.dispatchEvent(new Event("change"));
  });
});
