// Reloads a preview page after each build, or shows why the build failed.
// Problems may quote untrusted text, so they are only ever set as text.
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

  const show = (problems, count) => {
    hide();
    if (!problems.length) return;
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
    panel.append(button, make("strong", "display:block;color:#fff", `Build failed: ${count}`));
    const list = make("ol", "margin:.5rem 0 0;padding-left:2rem");
    for (const line of problems) list.append(make("li", "white-space:pre-wrap;overflow-wrap:anywhere", line));
    panel.append(list);
    document.body.append(panel);
  };

  const update = (event) => {
    const state = JSON.parse(event.data);
    if (state.site !== shown) location.reload();
    else show(state.problems, state.count);
  };

  // A browser opens only six connections to a host, so hidden tabs close theirs.
  const connect = () => {
    if (document.hidden) {
      if (stream) stream.close();
      stream = null;
    } else if (!stream) {
      stream = new EventSource("/_briefing/events");
      stream.addEventListener("message", update);
    }
  };

  document.addEventListener("visibilitychange", connect);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  connect();
})();
