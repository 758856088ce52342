// Keeps a page of the preview up to date: reloads it when the site was rebuilt, and shows why it could not be.
// Text is only ever set as text: problems quote what strangers wrote.
(() => {
  "use strict";
  const shown = document.currentScript.dataset.site;
  let stream = null;
  let panel = null;

  const make = (name, style, text) => {
    const element = document.createElement(name);
    element.style.cssText = style;
    if (text) element.textContent = text;
    return element;
  };

  const hide = () => {
    if (panel) panel.remove();
    panel = null;
  };

  const show = (complaints, count) => {
    hide();
    if (!complaints.length) return;
    panel = make("section", "position:fixed;inset:0 0 auto 0;z-index:2147483647;max-height:80vh;overflow:auto;" +
      "box-sizing:border-box;padding:1rem 1.5rem;background:#2b0d0d;color:#fff;border-bottom:4px solid #ff6b5e;" +
      "font:15px/1.5 ui-monospace,monospace;text-align:left");
    panel.id = "briefing-problems";
    panel.setAttribute("role", "alert");
    panel.lang = "en";
    panel.dir = "ltr";
    const button = make("button", "float:right;font:inherit;padding:.3rem .8rem;color:#fff;background:#5c1d1d;" +
      "border:1px solid #ff6b5e;border-radius:4px;cursor:pointer", "Hide");
    button.type = "button";
    button.addEventListener("click", hide);
    panel.append(button, make("strong", "display:block;color:#fff", `Not rebuilt: ${count}`));
    const list = make("ol", "margin:.5rem 0 0;padding-left:2rem");
    for (const line of complaints) list.append(make("li", "white-space:pre-wrap;overflow-wrap:anywhere", line));
    panel.append(list);
    document.body.append(panel);
  };

  const hear = (event) => {
    const state = JSON.parse(event.data);
    if (state.site !== shown) location.reload();
    else show(state.complaints, state.count);
  };

  // A browser opens six connections to one host: tabs that nobody sees must not hold them.
  const follow = () => {
    if (document.hidden) {
      if (stream) stream.close();
      stream = null;
    } else if (!stream) {
      stream = new EventSource("/_briefing/events");
      stream.addEventListener("message", hear);
    }
  };

  document.addEventListener("visibilitychange", follow);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  follow();
})();
