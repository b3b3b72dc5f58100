// Keys, drafts, the day read back, once and no more. ES2017; every page works without it, and nothing is kept here.
(() => {
  "use strict";
  const said = (text) => { const box = one("#said"); if (box) box.textContent = text; };
  const on = document.addEventListener.bind(document), one = (what) => document.querySelector(what);
  const every = (what) => [...document.querySelectorAll(what)];
  const form = () => document.activeElement && document.activeElement.closest("form");

  // -- no key of ours acts while a character is chosen, nor just after
  let composed = 0;
  on("compositionend", () => { composed = Date.now(); }, true);
  const composing = (event) => event.isComposing || event.keyCode === 229 || Date.now() - composed < 50;
  on("keydown", (event) => {
    if (event.key === "Enter" && composing(event)) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  // -- drafts: each 5 s, and when one leaves
  const saved = new WeakMap();
  const content = (of) => new URLSearchParams([...new FormData(of)].filter(([name, value]) =>
    typeof value === "string" && (name.startsWith("f.") || name === "csrf")));
  const typed = (of) => [...content(of)].filter(([name]) => name !== "csrf").join("\n");
  const forms = () => every("form[data-draft]");
  forms().forEach((each) => saved.set(each, typed(each)));
  const save = async (of, aloud) => {
    const now = typed(of);
    if (now === saved.get(of)) { if (aloud) said("草稿已保存"); return; }
    const body = content(of);
    body.set("form", of.dataset.draft);
    try {
      const answer = await fetch("/drafts", { method: "POST", body, keepalive: true, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      saved.set(of, now);
      said(aloud ? "草稿已保存" : "");
    } catch (fault) { said("网络中断或登录已失效，内容暂存在本页，请勿关闭"); }
  };
  const all = () => forms().forEach((each) => { if (!each.dataset.sent) save(each); });
  setInterval(all, 5000);
  on("focusout", (event) => { if (event.target.form && event.target.form.dataset.draft) save(event.target.form); });
  addEventListener("pagehide", all);

  // -- a second press does not even go
  on("submit", (event) => {
    const of = event.target, button = event.submitter || of.querySelector("button.main");
    if (of.method !== "post" || event.defaultPrevented) return;
    if (of.dataset.sent) { event.preventDefault(); return; }
    of.dataset.sent = "1";
    if (button && !button.name) setTimeout(() => { button.disabled = true; }, 0);
  });
  addEventListener("pageshow", () => every("form[data-sent]").forEach((each) => {
    delete each.dataset.sent;
    each.querySelectorAll("button:disabled").forEach((button) => { button.disabled = false; });
  }));

  // -- a day as it is understood
  const WEEK = "日一二三四五六", NEAR = { 今天: 0, 昨天: -1, 前天: -2, 明天: 1, 后天: 2, 大后天: 3 };
  const day = (text) => {
    const today = new Date(); today.setHours(12, 0, 0, 0);
    const moved = (days) => { const other = new Date(today); other.setDate(other.getDate() + days); return other; };
    if (text in NEAR) return moved(NEAR[text]);
    let found = text.match(/^(上上|上|本|这|下)?(?:周|星期|礼拜)([一二三四五六日天])$/);
    if (found) {
      const weeks = { 上上: -2, 上: -1, 下: 1 }[found[1]] || 0, to = "一二三四五六日".indexOf(found[2].replace("天", "日"));
      return moved(weeks * 7 + to - (today.getDay() + 6) % 7);
    }
    const made = (y, m, d) => { const one = new Date(y, m - 1, d, 12); return one.getMonth() === m - 1 ? one : null; };
    found = text.match(/^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$/);
    if (found) return made(+found[1], +found[2], +found[3]);
    found = text.match(/^(\d{1,2})[-/.月](\d{1,2})日?$/) || text.match(/^(\d{2})(\d{2})$/);
    if (!found) return null;
    return [-1, 0, 1].map((year) => made(today.getFullYear() + year, +found[1], +found[2])).filter(Boolean)
      .sort((one, other) => Math.abs(one - today) - Math.abs(other - today))[0] || null;
  };
  on("input", (event) => {
    const field = event.target;
    if (!field.dataset || field.dataset.day === undefined) return;
    let echo = field.nextElementSibling;
    if (!echo) { echo = document.createElement("span"); echo.className = "hint"; field.after(echo); }
    const read = day(field.value.trim());
    echo.textContent = read ? `${read.getFullYear()}年${read.getMonth() + 1}月${read.getDate()}日 星期${WEEK[read.getDay()]}` : "";
  });

  const wrong = one("#wrong"); // takes the focus
  if (wrong) wrong.focus();

  // -- what is suggested comes first, and is not chosen
  on("htmx:afterSwap", () => every("[data-suggests]").forEach(({ dataset: of }) => {
    const list = document.getElementsByName(of.suggests)[0], found = list && list.querySelector(`[value="${of.value}"]`);
    if (found && !list.value) list.insertBefore(found, list.options[of.at]);
  }));

  // -- the quiet line
  const changed = one("#changed");
  if (changed) setInterval(async () => {
    try {
      const answer = await fetch(changed.dataset.poll, { redirect: "error" });
      if (answer.ok) changed.hidden = String((await answer.json()).total) === changed.dataset.total;
    } catch (fault) { /* asked again in a minute */ }
  }, 60000);

  // -- keys
  const move = (by) => {
    const all = every("table[data-rows] tbody tr"), now = all.findIndex((each) => each.classList.contains("here"));
    if (!all.length) return;
    const next = all[Math.max(0, Math.min(all.length - 1, now + by))];
    if (now >= 0) all[now].classList.remove("here");
    next.classList.add("here");
    const link = next.querySelector("[data-open], a");
    if (link) link.focus();
  };
  const lock = () => { const of = one("#lock"); if (of) { all(); of.submit(); } };
  let went = 0;
  on("keydown", (event) => {
    if (composing(event) || event.defaultPrevented) return;
    const key = event.key, inside = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (key === "F2" || (event.ctrlKey && key.toLowerCase() === "l")) { event.preventDefault(); lock(); return; }
    if (event.ctrlKey && key === "Enter") {
      // the page's only one, where no form has the focus
      const of = form(), all = every("main button.main");
      const main = of ? of.querySelector("button.main") || of.querySelector("button:not([name])") : !all[1] && all[0];
      if (main) { event.preventDefault(); main.click(); }
      return;
    }
    if (event.ctrlKey && key.toLowerCase() === "s" && form() && form().dataset.draft) { event.preventDefault(); save(form(), true); return; }
    if (key === "Escape" && inside) { event.target.blur(); return; }
    // a card reader ends with Enter: on to the next field
    if (key === "Enter" && /resident_id~/.test(event.target.name)) {
      event.preventDefault();
      const all = [...form().elements].filter((each) => each.type !== "hidden" && each.tabIndex >= 0);
      all[all.indexOf(event.target) + 1].focus();
      return;
    }
    if (inside || event.ctrlKey || event.altKey || event.metaKey) return;
    const go = (link) => { const to = one(link); if (to) { event.preventDefault(); to.click(); } };
    if (Date.now() - went < 1500) {
      went = 0;
      go(`nav a[href="/${{ t: "today", r: "register", f: "flow", n: "notices" }[key]}"]`);
      return;
    }
    if (key === "g") went = Date.now();
    else if (key === "/") { const box = one("#search"); if (box) { event.preventDefault(); box.focus(); } }
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "u") go("[data-back]");
    else if (key === "x") { if (!one("tr.here")) move(1); go("tr.here input"); move(1); }
    else if (key === "?") { const help = one("#keys"); if (help && help.showModal) help.showModal(); }
    else if (/^[1-9]$/.test(key)) {
      const act = every("tr.here .step, details.action, button[data-key]")[+key - 1];
      if (!act) return;
      event.preventDefault();
      if (act.open === undefined) { act.click(); return; }
      act.open = true; act.querySelector("summary").focus();
    }
  });
})();
