"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (selector) => document.querySelector(selector);
  const findings = [...document.querySelectorAll(".finding")];
  const verdicts = data.verdicts.map((verdict) => verdict.id);

  // What is shown: the filters, and the address that keeps them.
  const search = $("#search"), party = $("#party"), clause = $("#clause"), reset = $("#reset");
  const boxes = [...document.querySelectorAll("input[name=verdict]")];
  const facts = findings.map((finding) => ({
    lane: finding.dataset.lane,
    verdict: finding.dataset.verdict,
    parties: finding.dataset.parties.split(" "),
    text: null,
  }));
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const shown = { verdicts: new Set(verdicts), lane: "", party: "", words: [], findings: new Set(facts.keys()) };

  // The bodies of many findings wait as text until they are near the window: a page of ten thousand would be slow otherwise.
  const stored = (finding) => finding.querySelector(":scope > script");
  function unpack(finding) {
    const text = stored(finding);
    if (!text) return;
    finding.innerHTML = text.textContent;
    finding.classList.remove("stored");
  }
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        unpack(target);
        near.unobserve(target);
      }
    }
  }, { rootMargin: "1500px" });
  findings.filter(stored).forEach((finding) => near.observe(finding));
  window.addEventListener("beforeprint", () => shown.findings.forEach((index) => unpack(findings[index])));

  const entities = { amp: "&", lt: "<", gt: ">", quot: "\"", "#x27": "'", "#x2f": "/" };
  function words(finding) {
    const text = stored(finding);
    if (!text) return finding.textContent.toLowerCase();
    const bare = text.textContent.replace(/<[^>]*>/g, " ");
    return bare.replace(/&(amp|lt|gt|quot|#x27|#x2f);/g, (_, name) => entities[name]).toLowerCase();
  }

  function wants(lane, verdict, parties) {
    return (!shown.lane || shown.lane === String(lane)) && shown.verdicts.has(verdict)
      && (!shown.party || parties.includes(shown.party));
  }

  function filter() {
    shown.verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    shown.lane = clause.value;
    shown.party = party.value;
    shown.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown.findings.clear();
    facts.forEach((fact, index) => {
      let wanted = wants(fact.lane, fact.verdict, fact.parties);
      if (wanted && shown.words.length) {
        fact.text ??= words(findings[index]);
        wanted = shown.words.every((word) => fact.text.includes(word));
      }
      if (wanted) shown.findings.add(index);
      if (findings[index].hidden === wanted) findings[index].hidden = !wanted;
    });
    const all = shown.findings.size === findings.length;
    const isFiltered = boxes.some((box) => !box.checked) || shown.lane || shown.party || shown.words.length > 0;
    $("#shown").textContent = all ? number.format(findings.length)
      : `${number.format(shown.findings.size)} of ${number.format(findings.length)}`;
    $("#nothing").hidden = all || shown.findings.size > 0;
    reset.hidden = !isFiltered;
    const kept = new URLSearchParams();
    if (shown.words.length) kept.set("search", search.value);
    if (shown.party) kept.set("party", shown.party);
    if (shown.lane) kept.set("clause", shown.lane);
    if (boxes.some((box) => !box.checked)) kept.set("verdict", [...shown.verdicts].join(","));
    const address = isFiltered ? `#?${kept}` : location.pathname + location.search;
    if (isFiltered || location.hash.startsWith("#?")) history.replaceState(null, "", address);
    chart.refresh();
    // Those who filter from deep in the list go on at its start.
    const top = $("#findings").getBoundingClientRect().top;
    if (isFiltered && top < 0) $("#findings").scrollIntoView({ block: "start" });
  }

  function restore() {
    if (!location.hash.startsWith("#?")) return;
    const kept = new URLSearchParams(location.hash.slice(2));
    search.value = kept.get("search") ?? "";
    party.value = kept.get("party") ?? "";
    clause.value = kept.get("clause") ?? "";
    if (party.selectedIndex < 0) party.value = "";
    if (clause.selectedIndex < 0) clause.value = "";
    if (kept.has("verdict")) {
      const chosen = kept.get("verdict").split(",");
      boxes.forEach((box) => { box.checked = chosen.includes(box.value); });
    }
  }

  function clear() {
    search.value = party.value = clause.value = "";
    boxes.forEach((box) => { box.checked = true; });
    filter();
  }

  function open(index) {
    const finding = findings[index];
    if (!finding) return;
    if (finding.hidden) clear();
    findings.slice(Math.max(0, index - 2), index + 3).forEach(unpack);
    finding.focus({ preventScroll: true });
    finding.scrollIntoView({ block: "start" });
    at = index;
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  [party, clause, ...boxes].forEach((control) => control.addEventListener("change", filter));
  reset.addEventListener("click", clear);

  // From finding to finding by keys.
  let at = -1;
  function step(by) {
    for (let next = at + by; next >= 0 && next < findings.length; next += by) {
      if (shown.findings.has(next)) return open(next);
    }
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search], select, textarea");
    if (event.key === "Escape" && (typing || !reset.hidden)) {
      clear();
      if (typing) event.target.blur();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (event.key === "/") {
      event.preventDefault();
      search.focus();
    } else if (event.key === "j") {
      step(1);
    } else if (event.key === "k") {
      step(-1);
    }
  });

  const dark = matchMedia("(prefers-color-scheme: dark)");
  $("#theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
    root.dataset.theme = isDark ? "light" : "dark";
    chart.recolour();
  });
  dark.addEventListener("change", () => chart.recolour());

  // The timeline. Times are in seconds since 1970.
  const chart = (() => {
    const ROW = 30, AXIS = 34, BAR = 12, SLOTS = 3;
    const box = $(".canvas"), canvas = $("canvas"), tip = $(".tip"), names = $(".lanes");
    const context = canvas.getContext("2d");
    const { lanes, bars, start, end, as_of: now } = data;
    // Asked of the page once a picture: asking for each bar would lay the page out each time.
    let wide = 0;
    let [from, to] = busy(), scheduled = false, cursor = null;

    // At first, the part of the terms in which something happened or is due.
    function busy() {
      let first = now, last = now;
      for (const bar of bars) {
        first = Math.min(first, bar[1]);
        last = Math.max(last, Math.min(bar[2], now + (now - first)));
      }
      const margin = Math.max(3600, (last - first) * 0.03);
      return [Math.max(start, first - margin), Math.min(end, last + margin)];
    }

    const perLane = lanes.map(() => []);
    bars.forEach((bar) => perLane[bar[0]].push(bar));
    // Duties that overlap lie below each other, as far as there is room.
    perLane.forEach((list) => {
      list.sort((a, b) => a[1] - b[1]);
      const free = Array(SLOTS).fill(-Infinity);
      list.forEach((bar, index) => {
        let slot = free.findIndex((until) => until <= bar[1]);
        if (slot < 0) slot = index % SLOTS;
        free[slot] = Math.max(bar[2], bar[3]);
        bar.slot = slot;
      });
    });

    lanes.forEach((lane) => {
      const item = document.createElement("li");
      if (lane.clause === undefined) {
        item.className = "agreement-lane";
        item.textContent = lane.title;
      } else {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = lane.title;
        button.title = lane.title;
        button.addEventListener("click", () => {
          clause.value = clause.value === String(lane.clause) ? "" : String(lane.clause);
          filter();
        });
        item.append(button);
      }
      names.append(item);
    });

    const formats = new Map();
    function format(options, time) {
      const key = JSON.stringify(options);
      if (!formats.has(key)) {
        formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: data.zone, ...options }));
      }
      return formats.get(key).format(new Date(time * 1000));
    }
    const moment = (time) => format({ dateStyle: "medium", timeStyle: "short" }, time);

    const HOUR = 3600, DAY = 86400;
    const STEPS = [
      [HOUR, "hour", 1], [6 * HOUR, "hour", 6], [DAY, "day", 1], [7 * DAY, "day", 7], [30 * DAY, "month", 1],
      [91 * DAY, "month", 3], [365 * DAY, "year", 1], [5 * 365 * DAY, "year", 5], [25 * 365 * DAY, "year", 25],
    ];
    function ticks() {
      const wanted = (to - from) / Math.max(1, wide / 68);
      const [, unit, count] = STEPS.find(([length]) => length >= wanted) ?? STEPS.at(-1);
      const date = new Date(from * 1000), found = [];
      date.setUTCMinutes(0, 0, 0);
      if (unit !== "hour") date.setUTCHours(0);
      if (unit === "month" || unit === "year") date.setUTCDate(1);
      if (unit === "year") date.setUTCMonth(0);
      if (unit === "hour") date.setUTCHours(date.getUTCHours() - (date.getUTCHours() % count));
      if (unit === "month") date.setUTCMonth(date.getUTCMonth() - (date.getUTCMonth() % count));
      if (unit === "year") date.setUTCFullYear(date.getUTCFullYear() - (date.getUTCFullYear() % count));
      while (date.getTime() / 1000 <= to && found.length < 400) {
        const time = date.getTime() / 1000;
        if (unit === "hour") date.setUTCHours(date.getUTCHours() + count);
        else if (unit === "day") date.setUTCDate(date.getUTCDate() + count);
        else if (unit === "month") date.setUTCMonth(date.getUTCMonth() + count);
        else date.setUTCFullYear(date.getUTCFullYear() + count);
        const options = unit === "hour" ? { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }
          : unit === "day" ? { day: "numeric", month: "short", year: "numeric" }
            : unit === "month" ? { month: "short", year: "numeric" } : { year: "numeric" };
        // Ticks are whole units of UTC; words in a zone west of it would name the unit before.
        found.push([time, new Intl.DateTimeFormat("en-GB", { timeZone: unit === "hour" ? data.zone : "UTC", ...options })
          .format(new Date(time * 1000))]);
      }
      return found;
    }

    const x = (time) => ((time - from) / (to - from)) * wide;

    let colours = null;
    function lookUp() {
      const names = ["line", "soft", "sunk", "sheet", "ink"];
      colours = Object.fromEntries(names.map((name) => [name, resolve(`--${name}`)]));
      colours.of = verdicts.map((id) => resolve(`--${id}`));
    }

    function isShown(bar) {
      const [lane, , , , verdict, finding] = bar;
      if (finding >= 0) return shown.findings.has(finding);
      const { clause: id, parties } = lanes[lane];
      return !shown.words.length && wants(id, verdicts[verdict], parties);
    }

    // The width of the picture on paper, which the style gives it: it is drawn before the browser lays the paper out.
    const PAPER = 468;
    function paint(given) {
      scheduled = false;
      wide = given || box.clientWidth;
      const high = AXIS + lanes.length * ROW, scale = window.devicePixelRatio || 1;
      if (wide <= 0) return;
      canvas.width = Math.round(wide * scale);
      canvas.height = Math.round(high * scale);
      canvas.style.height = `${high}px`;
      context.setTransform(scale, 0, 0, scale, 0, 0);
      const probe = getComputedStyle(box);
      if (!colours) lookUp();
      const { line, soft, sunk, sheet, ink } = colours;
      context.clearRect(0, 0, wide, high);
      context.font = `12px ${probe.fontFamily}`;
      context.textBaseline = "middle";
      lanes.forEach((lane, row) => {
        const top = AXIS + row * ROW;
        if (lane.clause === undefined) {
          context.fillStyle = sunk;
          context.fillRect(0, top, wide, ROW);
          const left = Math.max(0, x(lane.from ?? from)), right = Math.min(wide, x(lane.to ?? to));
          context.fillStyle = soft;
          context.globalAlpha = 0.35;
          if (right > left) context.fillRect(left, top + ROW / 2 - 2, right - left, 4);
          context.globalAlpha = 1;
          for (const [suspended, resumed] of lane.suspended ?? []) {
            const a = Math.max(0, x(suspended)), b = Math.min(wide, x(resumed ?? now));
            context.fillStyle = colours.of[verdicts.indexOf("repaired")];
            if (b > a) context.fillRect(a, top + ROW / 2 - 2, b - a, 4);
          }
        }
        context.fillStyle = line;
        context.fillRect(0, top, wide, 1);
      });
      for (const [time, text] of ticks()) {
        const left = Math.round(x(time)) + 0.5;
        context.fillStyle = line;
        context.fillRect(left, AXIS - 8, 1, high);
        context.fillStyle = soft;
        context.fillText(text, left + 4, AXIS - 12);
      }
      const marks = [];
      perLane.forEach((list, row) => {
        const top = AXIS + row * ROW;
        const [drawn, marked] = [0, 1].map(() => Array.from({ length: SLOTS }, () => Array(verdicts.length).fill(-1000)));
        for (const bar of list) {
          const [, opened, due, decided, verdict] = bar;
          const last = Math.max(due, decided);
          if (opened > to) break;
          if (last < from || !bar.shown) continue;
          const mark = x(bar[6] ?? decided);
          if (bar[5] >= 0 && Math.abs(mark - marked[bar.slot][verdict]) > 2) {
            marks.push([mark, top + 3 + bar.slot * ((ROW - 6 - BAR / 2) / (SLOTS - 1)) + BAR / 4, verdict]);
            marked[bar.slot][verdict] = mark;
          }
          // Where many duties share a pixel, one of them shows it.
          if (x(last) <= drawn[bar.slot][verdict] + 1) continue;
          drawn[bar.slot][verdict] = x(last);
          const y = top + 3 + bar.slot * ((ROW - 6 - BAR / 2) / (SLOTS - 1)), tall = BAR / 2;
          const left = Math.max(-4, x(opened)), right = Math.min(wide + 4, x(due)), done = Math.min(wide + 4, x(decided));
          context.fillStyle = colours.of[verdict];
          context.globalAlpha = 0.28;
          context.fillRect(left, y, Math.max(1.5, right - left), tall);
          context.globalAlpha = 1;
          context.fillRect(left, y, Math.max(1.5, Math.min(right, done) - left), tall);
          if (done > right) {
            context.globalAlpha = 0.6;
            context.fillRect(right, y + tall / 2 - 1, done - right, 2);
            context.globalAlpha = 1;
          }
        }
      });
      // Breaches lie over everything, the gravest last.
      marks.sort((a, b) => b[2] - a[2]);
      for (const [left, y, verdict] of marks) {
        if (left < -8 || left > wide + 8) continue;
        context.fillStyle = colours.of[verdict];
        context.strokeStyle = sheet;
        context.lineWidth = 1.5;
        context.beginPath();
        context.moveTo(left, y - 6.5);
        context.lineTo(left + 6.5, y);
        context.lineTo(left, y + 6.5);
        context.lineTo(left - 6.5, y);
        context.closePath();
        context.fill();
        context.stroke();
      }
      const today = x(now);
      if (today >= 0 && today <= wide) {
        context.fillStyle = ink;
        context.fillRect(today, AXIS - 8, 1.5, high);
        context.textAlign = today > wide - 60 ? "right" : "left";
        context.clearRect(today > wide - 60 ? today - 42 : today + 2, 2, 40, 12);
        context.fillText("as of", today + (today > wide - 60 ? -4 : 5), 8);
        context.textAlign = "left";
      }
      if (cursor !== null) {
        context.fillStyle = soft;
        context.fillRect(x(cursor), AXIS, 1, high);
      }
    }

    // A custom property may hold light-dark(), which only a real property resolves.
    const swatch = document.createElement("i");
    swatch.hidden = true;
    document.body.append(swatch);
    function resolve(name) {
      swatch.setAttribute("class", `swatch${name}`);
      return getComputedStyle(swatch).color;
    }

    function refresh() {
      bars.forEach((bar) => { bar.shown = isShown(bar); });
      draw();
    }
    function recolour() {
      colours = null;
      draw();
    }
    function draw() {
      if (!scheduled) {
        scheduled = true;
        requestAnimationFrame(() => paint());
      }
    }

    const LEAST = 60;
    function look(newFrom, newTo) {
      const span = Math.min(Math.max(newTo - newFrom, LEAST), end - start);
      from = Math.min(Math.max(newFrom, start), end - span);
      to = from + span;
      tip.hidden = true;
      draw();
    }
    function zoom(factor, around = (from + to) / 2) {
      look(around - (around - from) * factor, around + (to - around) * factor);
    }
    const pan = (share) => look(from + (to - from) * share, to + (to - from) * share);

    function hit(offsetX, offsetY) {
      const row = Math.floor((offsetY - AXIS) / ROW);
      let best = null, distance = 9;
      for (const bar of perLane[row] ?? []) {
        if (!bar.shown) continue;
        const left = x(bar[1]), right = x(Math.max(bar[2], bar[3])), mark = x(bar[6] ?? bar[3]);
        const outside = Math.max(left - offsetX, offsetX - right, 0);
        const off = Math.min(outside, Math.abs(mark - offsetX)) - (bar[5] >= 0 ? 0.5 : 0);
        if (off < distance) {
          distance = off;
          best = bar;
        }
      }
      return best;
    }
    function tell(bar, offsetX, offsetY) {
      if (!bar) {
        tip.hidden = true;
        return;
      }
      const [lane, opened, due, decided, verdict, finding] = bar;
      if (finding >= 0) unpack(findings[finding]);
      const headline = finding >= 0 ? findings[finding].querySelector("h3").textContent : lanes[lane].title;
      const times = [`from ${moment(opened)}`];
      if (due > opened) times.push(`due ${moment(due)}`);
      if (finding >= 0) times.push(`decided ${moment(bar[6] ?? decided)}`);
      tip.textContent = `${data.verdicts[verdict].word}: ${headline}\n${times.join("\n")}`;
      tip.hidden = false;
      tip.style.left = `${Math.max(4, Math.min(offsetX + 12, wide - tip.offsetWidth - 4))}px`;
      tip.style.top = `${Math.max(2, Math.min(offsetY + 14, canvas.clientHeight - tip.offsetHeight - 2))}px`;
    }

    let drag = null;
    box.addEventListener("pointerdown", (event) => {
      if (event.button === 0) drag = { x: event.clientX, from, to, moved: false };
    });
    window.addEventListener("pointermove", (event) => {
      if (drag) {
        const by = ((drag.x - event.clientX) / wide) * (drag.to - drag.from);
        if (Math.abs(event.clientX - drag.x) > 3) drag.moved = true;
        if (drag.moved) look(drag.from + by, drag.to + by);
      }
    });
    window.addEventListener("pointerup", () => { setTimeout(() => { drag = null; }); });
    box.addEventListener("pointermove", (event) => {
      if (drag?.moved) return;
      const place = canvas.getBoundingClientRect();
      tell(hit(event.clientX - place.left, event.clientY - place.top), event.clientX - place.left, event.clientY - place.top);
    });
    box.addEventListener("pointerleave", () => { tip.hidden = true; });
    box.addEventListener("click", (event) => {
      if (drag?.moved) return;
      const place = canvas.getBoundingClientRect();
      const bar = hit(event.clientX - place.left, event.clientY - place.top);
      if (bar && bar[5] >= 0) open(bar[5]);
    });
    box.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const place = canvas.getBoundingClientRect();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, from + ((event.clientX - place.left) / wide) * (to - from));
    }, { passive: false });

    const breaches = bars.filter((bar) => bar[5] >= 0).sort((a, b) => (a[6] ?? a[3]) - (b[6] ?? b[3]));
    let chosen = -1;
    function next(by) {
      for (let index = chosen + by; index >= 0 && index < breaches.length; index += by) {
        const bar = breaches[index];
        if (!bar.shown) continue;
        chosen = index;
        cursor = bar[6] ?? bar[3];
        if (cursor < from || cursor > to) look(cursor - (to - from) / 2, cursor + (to - from) / 2);
        draw();
        tell(bar, x(cursor), AXIS + bar[0] * ROW + ROW / 2);
        return;
      }
    }
    box.addEventListener("keydown", (event) => {
      const actions = {
        ArrowLeft: () => pan(-0.15), ArrowRight: () => pan(0.15), "+": () => zoom(0.7), "=": () => zoom(0.7),
        "-": () => zoom(1.4), 0: () => look(start, end), Home: () => look(start, start + to - from), End: () => look(end - (to - from), end),
        PageDown: () => next(1), PageUp: () => next(-1), Enter: () => { if (chosen >= 0) open(breaches[chosen][5]); },
      };
      const action = actions[event.key];
      if (action && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        event.stopPropagation();
        action();
      }
    });
    document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
      ({ in: () => zoom(0.6), out: () => zoom(1.7), fit: () => look(start, end) })[button.dataset.zoom]();
    }));
    new ResizeObserver(draw).observe(box);
    window.addEventListener("beforeprint", () => paint(PAPER));
    window.addEventListener("afterprint", draw);
    return { refresh, recolour };
  })();

  document.querySelectorAll(".filters, #timeline").forEach((part) => { part.hidden = false; });
  if (!data.bars.length) $("#timeline").hidden = true;
  restore();
  filter();
})();
