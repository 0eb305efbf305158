"use strict";
// Keeps pages up to date, puts times into the reader's zone, follows logs. All
// pages work without it.
(() => {
	// KFP's own addresses, which its SDK prints: #/runs/details/ID.
	const kfp = [
		[/^#\/runs\/details\/([^/?]+)/, "/runs/"],
		[/^#\/experiments\/details\/([^/?]+)/, "/runs?experiment="],
		[/^#\/(?:recurringrun|jobs)\/details\/([^/?]+)/, "/recurring/"],
		[/^#\/pipelines\/details\/([^/?]+)(?:\/version\/([^/?]+))?/, "/pipelines/"],
		[/^#\/(runs|pipelines|experiments)\b/, "/"],
		[/^#\/recurringruns\b/, "/recurring"],
	];
	for (const [pattern, to] of kfp) {
		const found = pattern.exec(location.hash);
		if (found) {
			let address = (document.body.dataset.base ?? "") + to + encodeURIComponent(decodeURIComponent(found[1] ?? ""));
			if (found[2]) address += "/versions/" + encodeURIComponent(decodeURIComponent(found[2]));
			location.replace(address);
			return;
		}
	}

	const zone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
	const localize = (root) => {
		for (const t of root.querySelectorAll("time[datetime]")) {
			const utc = t.getAttribute("datetime");
			t.textContent = zone.format(new Date(utc));
			t.title = utc;
		}
	};
	localize(document);
	for (const e of document.querySelectorAll("[data-noscript]")) e.hidden = true;
	for (const e of document.querySelectorAll("[data-script]")) e.hidden = false;

	// What has changed is put into place; what has not stays, with focus and what
	// the reader has opened, chosen or scrolled.
	const kept = new Set(["open", "style"]);
	const become = (old, now) => {
		if (old.isEqualNode(now)) return;
		if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName || old.id !== now.id) {
			old.replaceWith(now);
			return;
		}
		if (old.nodeType !== Node.ELEMENT_NODE) {
			old.data = now.data;
			return;
		}
		if (old.hasAttribute("data-keep")) return;
		for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && !kept.has(name)) old.removeAttribute(name);
		for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value && !kept.has(name)) old.setAttribute(name, value);
		children(old, now);
	};
	const children = (old, now) => {
		const named = new Map();
		for (const c of old.children) if (c.id) named.set(c.id, c);
		let at = old.firstChild;
		for (const want of [...now.childNodes]) {
			const same = want.id && named.get(want.id);
			if (same && same !== at) old.insertBefore(same, at);
			const have = same || at;
			if (!have || (!same && have.id && named.has(have.id) && want.nodeType === Node.ELEMENT_NODE)) {
				old.insertBefore(want, at);
				continue;
			}
			at = have.nextSibling;
			become(have, want);
		}
		while (at) {
			const next = at.nextSibling;
			at.remove();
			at = next;
		}
	};

	let tag = null, turn = 0;
	const say = (text) => {
		const said = document.getElementById("said");
		if (said.textContent !== text) said.textContent = text;
	};
	// load puts into place what the page is by now. Of several at a time the last counts.
	const load = async () => {
		const mine = ++turn;
		const answer = await fetch(location.href, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", redirect: "manual" });
		if (answer.type === "opaqueredirect") return void location.reload();
		if (!answer.ok) return;
		const text = await answer.text();
		if (mine !== turn) return;
		tag = answer.headers.get("ETag");
		const page = new DOMParser().parseFromString(text, "text/html");
		localize(page);
		for (const e of page.querySelectorAll("[data-noscript]")) e.hidden = true;
		for (const e of page.querySelectorAll("[data-script]")) e.hidden = false;
		for (const now of page.querySelectorAll("[data-live]")) {
			const old = document.getElementById(now.id);
			if (old) become(old, now);
		}
		if (page.title !== document.title) {
			document.title = page.title;
			say(page.title);
		}
		if (page.body.dataset.refresh) document.body.dataset.refresh = page.body.dataset.refresh;
		else delete document.body.dataset.refresh;
	};
	const away = (e) => { if (!(e instanceof TypeError)) throw e; }; // the server: ask again later
	const refresh = async () => {
		const pause = Number(document.body.dataset.refresh);
		if (!pause) return;
		if (!document.hidden) await load().catch(away);
		setTimeout(refresh, pause);
	};
	if (document.body.dataset.refresh) setTimeout(refresh, Number(document.body.dataset.refresh));

	// What is inside of a group of a large run comes when that is opened. The address
	// says what is open.
	document.addEventListener("toggle", (e) => {
		const { open, dataset: { folds } } = e.target;
		const here = new URL(location.href);
		const asked = here.searchParams.getAll("open"), others = asked.filter((path) => path !== folds);
		if (!folds || open === asked.includes(folds)) return;
		here.searchParams.delete("open");
		for (const path of open ? [...others, folds] : others) here.searchParams.append("open", path);
		history.replaceState(null, "", here);
		if (open) load().catch(away);
	}, true);

	document.addEventListener("change", (e) => {
		if (e.target.matches("[data-submit]")) e.target.form.requestSubmit();
	});
	document.addEventListener("submit", (e) => {
		const asks = e.submitter?.dataset.confirm;
		if (asks && !confirm(asks)) e.preventDefault();
	});
	document.addEventListener("click", async (e) => {
		const copy = e.target.closest("[data-copy]");
		if (copy) {
			await navigator.clipboard.writeText(copy.dataset.copy);
			say("Copied");
			copy.textContent = "Copied";
			setTimeout(() => { copy.textContent = "Copy"; }, 1500);
		}
		const zoom = e.target.closest("[data-zoom]");
		if (zoom) scale(Number(zoom.dataset.zoom));
	});

	// The picture is made larger and smaller; it is moved by scrolling, or with the
	// mouse.
	let factor = 1;
	const scale = (by) => {
		const svg = document.querySelector(".picture svg");
		const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
		const frame = svg.parentElement;
		factor = by ? Math.min(4, Math.max(0.1, factor * by)) : Math.min(1, (frame.clientWidth - 4) / width);
		svg.style.width = width * factor + "px";
		svg.style.height = height * factor + "px";
	};
	const picture = document.querySelector(".picture");
	if (picture?.querySelector("svg")) {
		let from = null;
		picture.addEventListener("pointerdown", (e) => {
			if (e.button === 0 && e.pointerType === "mouse" && !e.target.closest("a")) from = { x: e.clientX + picture.scrollLeft, y: e.clientY + picture.scrollTop };
		});
		addEventListener("pointermove", (e) => {
			if (from) picture.scrollTo(from.x - e.clientX, from.y - e.clientY);
		});
		addEventListener("pointerup", () => { from = null; });
	}

	// A log is followed as it is written. The server has escaped it.
	const log = document.querySelector("[data-follow]");
	const follow = async () => {
		const most = 20000;
		const answer = await fetch(log.dataset.follow, { cache: "no-store" });
		if (!answer.ok) return;
		const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
		log.replaceChildren();
		let rest = "";
		for (;;) {
			const { done, value } = await text.read();
			if (done) break;
			rest += value;
			const end = rest.lastIndexOf("\n");
			if (end < 0) continue;
			const low = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
			log.insertAdjacentHTML("beforeend", rest.slice(0, end + 1));
			rest = rest.slice(end + 1);
			while (log.childNodes.length > most) log.firstChild.remove();
			if (low) log.scrollTop = log.scrollHeight;
		}
		log.insertAdjacentHTML("beforeend", rest);
		location.reload(); // for what the task has made
	};
	if (log) {
		log.scrollTop = log.scrollHeight;
		if (log.dataset.follow) follow();
	}

	document.addEventListener("keydown", (e) => {
		if (e.key === "/" && !e.ctrlKey && !e.metaKey && !e.target.closest("input, textarea, select")) {
			const search = document.querySelector("input[type=search]");
			if (search) {
				e.preventDefault();
				search.focus();
			}
		}
		if (e.key === "Escape") for (const d of document.querySelectorAll("details.drop[open]")) d.open = false;
	});
})();
