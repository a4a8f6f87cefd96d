// What makes pages quicker to use. Everything here can be done without it.
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);

  const move = (step) => {
    const all = rows();
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    const target = next?.matches("a, button") ? next : next?.querySelector("a, button, summary");
    target?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const help = () => document.getElementById("shortcuts");
  const go = { i: "/inbox", p: "/portfolio", v: "/vacancies", w: "/people", r: "/process" };
  let pending = "";

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) return;
    const key = event.key;
    if (pending === "g" && go[key] && document.querySelector(`a[href="${go[key]}"]`)) location.assign(go[key]);
    pending = key === "g" ? "g" : "";
    if (key === "/") document.querySelector("input[type=search]")?.focus();
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "?") help()?.showModal();
    else return;
    event.preventDefault();
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // A menu closes when something else is pressed.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-shows-shortcuts]")) help()?.showModal();
  });

  // What is typed into a draft is saved a moment after the typing stops.
  for (const form of document.querySelectorAll("form[data-saves-to]")) {
    const said = form.querySelector("[data-saved]");
    let waiting;
    const save = async () => {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.savesTo, { method: "POST", body }).catch(() => null);
      if (said) said.textContent = answer?.ok ? "Saved." : "Not saved yet: it is tried again as you type.";
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(save, 1500);
    });
  }

  // What was typed is there again if the session had ended when it was sent: for the same person, in the same tab.
  const KEPT = "typed";
  const here = location.pathname + location.search;
  const keeping = document.querySelector("form[data-keeps-for]");
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!location.pathname.startsWith("/sign-in")) sessionStorage.removeItem(KEPT);
  if (kept && keeping?.dataset.keepsFor === kept.person && kept.at === here && !("isTyped" in keeping.dataset)) {
    for (const [name, value] of [...kept.typed, ["more", "yes"]]) {
      keeping.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach((field) => field.removeAttribute("name"));
      const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      keeping.append(field);
    }
    keeping.submit();
  }
  keeping?.addEventListener("submit", () => {
    const typed = [...new FormData(keeping)].filter(([name]) => !["csrf", "once"].includes(name));
    sessionStorage.setItem(KEPT, JSON.stringify({ at: here, person: keeping.dataset.keepsFor, typed }));
  });

  // A table that is pasted into a row becomes rows: the server reads it as it reads what is pasted below them.
  document.addEventListener("paste", (event) => {
    const [, rows] = /^(\w+)\.\d+\./.exec(event.target.name ?? "") ?? [];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const form = event.target.form;
    const pasted = rows && form?.elements[`${rows}.pasted`];
    const more = rows && form?.querySelector(`button[formaction="#rows-${rows}"]`);
    if (!pasted || !more || !text.includes("\t")) return;
    event.preventDefault();
    pasted.value = text;
    form.requestSubmit(more);
  });

  // A file that is chosen or dropped is read into the field that its text belongs to.
  for (const input of document.querySelectorAll("input[type=file][data-reads-into]")) {
    input.addEventListener("change", async () => {
      const file = input.files[0];
      if (file && file.size < 1000000) document.getElementById(input.dataset.readsInto).value = await file.text();
    });
  }
})();
