"use strict";
// Replaces sections as they change, says whether what is shown is live, and counts down to departures.
{
    const staleAfterMilliseconds = 5000;
    const reconnectAfterMilliseconds = 3000;
    const live = document.getElementById("live");
    const liveText = document.getElementById("live-text");
    const news = document.getElementById("news");
    const waiting = new Map(); // Section to HTML that could not be shown yet.
    const shown = new Map();
    let clockOffset = 0; // Server's clock less ours, in milliseconds.
    let heardAt = Date.now();
    let asOf = null;
    let isSignedOut = false;

    document.documentElement.classList.add("js");

    function hasSelectionIn(section) {
        const selection = document.getSelection();
        return selection !== null && !selection.isCollapsed && section.contains(selection.anchorNode);
    }

    function keyOf(element) {
        return element.dataset.copy ?? element.dataset.key ?? "";
    }

    function show(name, html) {
        const section = document.getElementById(name);
        if (section === null || shown.get(name) === html) {
            return;
        }
        // Whoever marks a command to copy it must not lose the mark.
        if (hasSelectionIn(section)) {
            waiting.set(name, html);
            return;
        }
        const focused = section.contains(document.activeElement) ? keyOf(document.activeElement) : "";
        const count = () => Number(section.querySelector("[data-count]")?.dataset.count ?? 0);
        const scrolled = section.querySelector(".scroll")?.scrollLeft ?? 0;
        const before = count();
        section.innerHTML = html;
        shown.set(name, html);
        waiting.delete(name);
        const scroll = section.querySelector(".scroll");
        if (scroll !== null) {
            scroll.scrollLeft = scrolled;
        }
        if (focused !== "") {
            [...section.querySelectorAll("[data-copy], [data-key]")].find(each => keyOf(each) === focused)?.focus();
        }
        if (count() !== before) {
            news.textContent = `${count()} need you`;
        }
        countDown();
    }

    function countDown() {
        for (const each of document.querySelectorAll("[data-until]")) {
            const seconds = Math.ceil((Date.parse(each.dataset.until) - Date.now() - clockOffset) / 1000);
            each.textContent = seconds > 0 ? `in ${wordsOf(seconds)}` : "now";
        }
    }

    function wordsOf(seconds) {
        const [days, hours, minutes] = [seconds / 86400, seconds / 3600, seconds / 60].map(Math.floor);
        return days > 0 ? `${days} d ${hours % 24} h`
            : hours > 0 ? `${hours} h ${minutes % 60} min`
            : minutes > 0 ? `${minutes} min ${seconds % 60} s`
            : `${seconds} s`;
    }

    function tell(state, text) {
        live.className = state;
        if (liveText.textContent !== text) {
            liveText.textContent = text;
        }
    }

    function watch() {
        const now = Date.now();
        if (isSignedOut) {
            tell("stale", "Signed out. Sign in again: orc ui");
        } else if (asOf !== null) {
            const age = Math.max(now - heardAt, now + clockOffset - asOf.getTime());
            const time = new Date(asOf).toLocaleTimeString();
            tell(age > staleAfterMilliseconds ? "stale" : "live", age > staleAfterMilliseconds ? `Stale since ${time}` : `Live ${time}`);
        }
        for (const [name, html] of waiting) {
            show(name, html);
        }
        countDown();
    }

    function connect() {
        const stream = new EventSource(live.dataset.stream);
        for (const section of document.querySelectorAll("main > section")) {
            stream.addEventListener(section.id, event => show(section.id, event.data));
        }
        stream.addEventListener("reset", () => shown.clear());
        stream.addEventListener("heartbeat", event => {
            const [now, at] = event.data.split(" ").map(text => new Date(text));
            heardAt = Date.now();
            clockOffset = now.getTime() - heardAt;
            asOf = at;
            isSignedOut = false;
            watch();
        });
        stream.addEventListener("error", () => {
            // The browser connects again by itself, unless it was refused.
            if (stream.readyState === EventSource.CLOSED) {
                setTimeout(reconnect, reconnectAfterMilliseconds);
            }
        });
    }

    async function reconnect() {
        try {
            isSignedOut = (await fetch("/v1/whoami")).status === 401;
        } catch {
            isSignedOut = false;
        }
        connect();
    }

    document.addEventListener("click", async event => {
        const button = event.target.closest("[data-copy]");
        if (button !== null) {
            await navigator.clipboard.writeText(button.dataset.copy);
            news.textContent = "Copied";
            button.textContent = "Copied";
            setTimeout(() => { button.textContent = "Copy"; }, 1500);
        }
    });

    connect();
    setInterval(watch, 1000);
}
