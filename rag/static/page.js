// What the page does by itself: opens sources, puts questions from buttons, takes feedback. No outside call.
"use strict";
(() => {
  const language = location.pathname.startsWith("/en") ? "en" : "zh";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  let opened = null; // the citation whose source is shown: {turn, n} or the element itself

  const post = (address, body) =>
    fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

  // --- the source pane -------------------------------------------------------------------------------------------
  const inOrder = (citation) => {
    const turn = citation.closest(".turn");
    const own = all(".said .cite[data-source], .look .near[data-source]", turn);
    return own.length ? own : all("[data-source]", turn);
  };
  const sameAs = (citation) => (other) =>
    other.dataset.source === citation.dataset.source && other.dataset.start === citation.dataset.start;

  const open = async (citation, focus = true) => {
    const frame = one("#source .frame");
    const content = one(".content", frame);
    const { source, start, end, n, title, text } = citation.dataset;
    all(".cite.open, .near.open").forEach((each) => each.classList.remove("open"));
    all("[data-source]", citation.closest(".turn")).filter(sameAs(citation)).forEach((each) => each.classList.add("open"));
    opened = citation;
    one(".count", frame).textContent = n ? `[${n}]` : "";
    step(0);
    document.body.classList.add("source-open");
    frame.setAttribute("aria-busy", "true");
    let answer = null;
    try {
      answer = await fetch(`/pane/${encodeURIComponent(source)}?start=${start}&end=${end}&lang=${language}`);
    } catch (error) { /* told below */ }
    if (opened !== citation) return;
    frame.removeAttribute("aria-busy");
    if (answer && answer.ok) {
      content.innerHTML = await answer.text(); // drawn and cleaned by the server
    } else {
      content.replaceChildren(lost(title, frame.dataset.gone, text));
    }
    const mark = one("mark", content);
    if (mark) {
      // The quote beside its original at the top where there is one, but the marked sentence must be in sight.
      content.scrollTop = 0;
      const top = (node) => node.getBoundingClientRect().top - content.getBoundingClientRect().top;
      const beside = one(".beside", content);
      if (beside) content.scrollTop = top(beside) - (one(".source > header", content)?.offsetHeight ?? 0);
      if (top(mark) > content.clientHeight * 0.7) content.scrollTop += top(mark) - content.clientHeight / (beside ? 1.6 : 3);
    }
    if (focus) content.focus({ preventScroll: true });
  };
  const lost = (title, note, text) => {
    const article = document.createElement("article");
    article.className = "source";
    for (const [tag, value] of [["h2", title], ["p", note], ["mark", text]]) {
      const node = document.createElement(tag);
      node.textContent = value;
      article.append(node);
    }
    return article;
  };
  const close = () => {
    document.body.classList.remove("source-open");
    if (opened && opened.isConnected) opened.focus();
  };
  const step = (by) => {
    if (!opened || !opened.isConnected) return;
    const order = inOrder(opened);
    const place = order.findIndex(sameAs(opened));
    if (by && order[place + by]) { open(order[place + by]); return; }
    one("#source .previous").disabled = place <= 0;
    one("#source .next").disabled = place >= order.length - 1;
  };

  // --- questions from buttons and links ---------------------------------------------------------------------------
  const ask = (question) => {
    const box = one("#question textarea");
    const tab = one('#tabs [role="tab"]');
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => one("#send").click(), 60); // after the component took the value over
  };
  const askFromAddress = () => {
    const question = new URLSearchParams(location.search).get("q");
    if (!question) return;
    const wait = setInterval(() => {
      if (!one("#question textarea") || !one("#log .welcome")) return;
      clearInterval(wait);
      history.replaceState(null, "", location.pathname);
      ask(question);
    }, 100);
  };

  // --- copy, print, feedback --------------------------------------------------------------------------------------
  const say = (tools, what) => {
    const thanks = one(".thanks", tools);
    thanks.textContent = thanks.dataset[what];
    setTimeout(() => (thanks.textContent = ""), 3000);
  };
  const copy = async (button) => {
    const answer = await fetch(button.dataset.from);
    if (!answer.ok) return;
    const text = await answer.text();
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) { // the clipboard is for secure origins only
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(button.closest(".tools"), "copied");
  };
  const rate = async (button, correction = "") => {
    const tools = button.closest(".tools");
    const chosen = button.matches(".rate") ? button : one('.rate[data-good="0"]', tools);
    const turn = tools.closest(".turn").dataset.turn;
    const answer = await post("/api/feedback", { turn, good: chosen.dataset.good === "1", correction });
    if (!answer.ok) return;
    all(".rate", tools).forEach((each) => each.classList.toggle("chosen", each === chosen));
    one(".correction", tools).hidden = chosen.dataset.good === "1" || correction !== "";
    say(tools, "thanks");
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a");
    all(".chip details[open]").forEach((each) => each.contains(event.target) || each.removeAttribute("open"));
    if (!target) return;
    if (target.dataset.source !== undefined) open(target);
    else if (target.matches(".go")) all('#tabs [role="tab"]')[Number(target.dataset.tab)].click();
    else if (target.matches(".ask")) ask(target.dataset.question);
    else if (target.matches("#source .previous")) step(-1);
    else if (target.matches("#source .next")) step(1);
    else if (target.matches("#source .close")) close();
    else if (target.matches(".copy")) copy(target);
    else if (target.matches(".print")) print();
    else if (target.matches(".rate")) rate(target);
    else if (target.matches(".correct")) rate(target, one("textarea", target.parentElement).value.trim());
    else if (target.matches(".forget")) post("/api/forget", { conversation: target.dataset.conversation }).then(() => {
      target.closest("li").remove();
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") close();
    else if (opened && event.key === "ArrowLeft" && !event.altKey) step(-1);
    else if (opened && event.key === "ArrowRight" && !event.altKey) step(1);
  });

  // --- a folder's files keep the folders in their names, which would be dropped on the way -------------------------
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches('input[type="file"][webkitdirectory]') || !input.files.length) return;
    const named = new DataTransfer();
    for (const file of input.files) {
      const name = (file.webkitRelativePath || file.name).replaceAll("/", "\u318d");
      named.items.add(new File([file], name, { type: file.type, lastModified: file.lastModified }));
    }
    input.files = named.files;
  }, true);

  // --- the talk stays at its end while it grows --------------------------------------------------------------------
  const follow = () => {
    const talk = one("#talk");
    if (!talk) { setTimeout(follow, 100); return; }
    let followed = "";
    new MutationObserver(() => {
      const articles = all(".turn", talk);
      if (!articles.length) return;
      const last = articles[articles.length - 1];
      // An answer is higher than what stood there while it was on its way: its own question comes to the top.
      const newest = last.dataset.turn ?? "live";
      if (newest !== followed || newest === "live") {
        followed = newest;
        talk.scrollTop += last.getBoundingClientRect().top - talk.getBoundingClientRect().top - 12;
      }
    }).observe(talk, { childList: true, subtree: true });
  };
  document.documentElement.lang = language === "en" ? "en" : "zh-CN";
  follow();
  askFromAddress();
})();
