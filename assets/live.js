// What others do shows on this page within a second, but never under somebody's typing or finger.
(() => {
  const main = () => document.getElementById("content");
  let known = main()?.dataset.token ?? "";
  let source = null;
  let pressed = false;

  for (const opened of document.querySelectorAll("details[open]")) opened.dataset.opened = "";
  addEventListener("pointerdown", () => (pressed = true));
  addEventListener("pointerup", () => setTimeout(() => (pressed = false), 300));

  // Somebody is at work on the page: a field has the focus or was changed, something is unfolded or selected.
  const isInUse = () => {
    const content = main();
    const focus = document.activeElement;
    if (pressed || (focus && content.contains(focus) && focus.matches("input, textarea, select"))) return true;
    if (content.querySelector("details[open]:not([data-opened]), dialog[open]")) return true;
    if (!getSelection().isCollapsed) return true;
    return [...content.querySelectorAll("input, textarea")].some(
      (field) => field.type !== "hidden" && (field.value !== field.defaultValue || field.checked !== field.defaultChecked),
    );
  };

  const show = () => {
    if (isInUse()) {
      document.getElementById("changed").hidden = false;
      return;
    }
    main().dispatchEvent(new Event("refresh"));
  };

  const count = (number) => {
    const place = document.getElementById("waiting");
    if (!place) return;
    place.replaceChildren();
    if (number === 0) return;
    const badge = document.createElement("span");
    badge.className = "badge bg-primary ms-1";
    badge.textContent = number > 99 ? "99+" : String(number);
    place.append(badge);
  };

  const listen = () => {
    if (source || document.hidden || !main()?.dataset.live) return;
    source = new EventSource(main().dataset.live);
    source.onmessage = (event) => {
      const [token, waiting] = event.data.split(" ");
      count(Number(waiting));
      if (known && token !== known) show();
      known = token;
    };
  };
  const rest = () => {
    source?.close();
    source = null;
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", listen);
  document.addEventListener("click", (event) => {
    if (event.target.closest("#changed button")) location.reload();
  });
  listen();
})();
