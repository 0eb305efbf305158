// Looks at the pages as people do: with a mouse, with keys only, on a small screen,
// in the dark. Pictures of all pages go to the folder PICTURES, if that is set.
import assert from "node:assert/strict";
import { test } from "node:test";
import { audit, open, picture } from "./browser.js";

const e = process.env;
const train = `/runs/${e.ID_TRAINING}/tasks/exit-handler-1.train`;
const pages = {
	runs: "/runs", run: `/runs/${e.ID_TRAINING}`, failed: `/runs/${e.ID_ENDED}`, live: `/runs/${e.ID_LIVE}`, timeline: `/runs/${e.ID_TRAINING}/timeline`,
	values: `/runs/${e.ID_TRAINING}/values`, workflow: `/runs/${e.ID_ENDED}/workflow`, compiled: `/runs/${e.ID_TRAINING}/pipeline`,
	again: `/runs/${e.ID_TRAINING}/again`, task: train, log: `/runs/${e.ID_LIVE}/tasks/all.prepare`, waiting: `/runs/${e.ID_WAITS}/tasks/all.prepare`, loop: `/runs/${e.ID_LOOP}`, iterations: `/runs/${e.ID_LOOP}/tasks/each`,
	classes: `${train}/outputs/classes`, report: `${train}/outputs/report`, notes: `${train}/outputs/notes`, samples: `${train}/outputs/samples`, picture: `${train}/outputs/picture`, across: `${train}/outputs/model?across=1`,
	compare: `/compare?run=${e.ID_TRAINING}&run=${e.ID_OTHER}`, pipelines: "/pipelines", pipeline: `/pipelines/${e.ID_PIPELINE}`,
	version: `/pipelines/${e.ID_PIPELINE}/versions/${e.ID_VERSION}`, schedule: `/pipelines/${e.ID_PIPELINE}/versions/${e.ID_VERSION}/schedule`,
	recurring: "/recurring", "recurring-one": `/recurring/${e.ID_RECURRING}`, experiments: "/experiments", attack: `/runs/${e.ID_ATTACK}`, missing: "/runs/nothing",
};

for (const scheme of ["light", "dark"]) {
	test(`all pages, ${scheme}`, async (t) => {
		const wrong = [];
		const { page, complaints } = await open(t, "/runs", { colorScheme: scheme });
		for (const [name, address] of Object.entries(pages)) {
			await page.goto(e.PAGES + address);
			await picture(page, `${name}-${scheme}`);
			wrong.push(...await audit(page, name, scheme === "light" ? undefined : { type: "rule", values: ["color-contrast", "link-in-text-block"] }));
			wrong.push(...complaints.splice(0).map((c) => `${name}: ${c}`));
		}
		assert.equal(wrong.join("\n\n"), "");
	});
}

test("a small screen", async (t) => {
	const wrong = [];
	const { page } = await open(t, "/runs", { viewport: { width: 320, height: 640 } });
	for (const [name, address] of Object.entries(pages)) {
		await page.goto(e.PAGES + address);
		await picture(page, `${name}-narrow`);
		const wide = await page.evaluate(() => document.documentElement.scrollWidth);
		if (wide > 320) wrong.push(`${name} is ${wide} pixels wide`);
	}
	assert.deepEqual(wrong, []);
});

test("without scripts", async (t) => {
	const { page } = await open(t, "/runs", { javaScriptEnabled: false });
	for (const [name, address] of Object.entries(pages)) {
		await page.goto(e.PAGES + address);
		assert.ok(await page.locator("h1").count() >= 1, name);
	}
	await page.goto(e.PAGES + "/runs?text=nightly");
	assert.equal(await page.locator("tbody tr").count(), 50);
	await page.selectOption("#state", "FAILED");
	await page.getByRole("button", { name: "Filter" }).click();
	assert.match(page.url(), /state=FAILED/);
	await page.getByText("No run is like that").waitFor();
});

test("times are in the reader's zone", async (t) => {
	const { page } = await open(t, `/runs/${e.ID_TRAINING}`);
	const time = page.locator("dd time").first();
	assert.equal(await time.getAttribute("datetime"), "2026-11-02T18:00:00Z");
	assert.match(await time.textContent(), /19:00:00/);
});

test("a run is live, and nothing jumps", async (t) => {
	const { page, complaints } = await open(t, `/runs/${e.ID_LIVE}`);
	await page.getByText("Running for").waitFor();
	await page.locator("#tree summary").first().click();
	await page.evaluate(() => { document.querySelector("#tree details").mine = true; });
	await page.locator("#tree a").first().focus();
	await fetch(`${e.CONTROL}/advance?seconds=60`, { method: "POST" });
	await page.locator("#run-state .state.failed").waitFor();
	assert.deepEqual(await page.evaluate(() => {
		const closed = document.querySelector("#tree details");
		return [closed.mine, closed.open, document.activeElement === document.querySelector("#tree a")];
	}), [true, false, true], "what was closed or had the focus was made anew");
	assert.match(await page.title(), /^Failed/);
	await page.locator("#run-actions").getByRole("button", { name: "Retry" }).waitFor();
	assert.equal(await page.getByRole("button", { name: "Stop" }).count(), 0);
	assert.equal(await page.locator("#said").textContent(), await page.title());
	await fetch(`${e.CONTROL}/advance?seconds=12`, { method: "POST" });
	assert.deepEqual(complaints, []);
});

test("a run of 2,000 tasks opens, folds and is live", async (t) => {
	const { page, complaints } = await open(t, `/runs/${e.ID_LARGE}`);
	await page.getByRole("heading", { name: "A run of 2000 tasks", level: 1 }).waitFor();
	await picture(page, "large", false);
	const group = page.locator("#task-group-7 > details");
	assert.equal(await group.evaluate((d) => d.open), false);
	await group.locator("> summary").click();
	await page.locator("[id='task-group-7.task-750'] .state.running").waitFor();
	await fetch(`${e.CONTROL}/enlarge?done=1200`, { method: "POST" });
	await page.locator("[id='task-group-7.task-750'] .state.succeeded").waitFor();
	assert.equal(await group.evaluate((d) => d.open), true, "what was opened has closed");
	await page.locator("[id='task-group-7.task-760'] .state.running").waitFor();
	await group.locator("> summary").click();
	await page.locator("[id='task-group-7.task-750']").waitFor({ state: "hidden" });
	await page.getByRole("link", { name: "Timeline" }).click();
	await page.locator("#timeline a").nth(399).waitFor();
	assert.deepEqual(complaints, []);
});

test("a list of 10,000 runs is searched and paged", async (t) => {
	const { page, complaints } = await open(t, "/runs", { base: e.LONG });
	await page.getByText("Indexed 9999", { exact: true }).waitFor();
	await page.fill("input[type=search]", "indexed 77");
	await page.keyboard.press("Enter");
	await page.waitForURL(/text=indexed\+77/);
	await page.getByText("Indexed 7799", { exact: true }).waitFor();
	await page.locator("a[rel=next]").first().click();
	await page.getByText("Indexed 7749", { exact: true }).waitFor();
	assert.deepEqual(complaints, []);
});

test("a run is stopped, archived and taken back", async (t) => {
	const { page } = await open(t, `/runs/${e.ID_LIVE}`);
	page.removeAllListeners("dialog");
	page.on("dialog", (d) => d.accept());
	await page.getByRole("button", { name: "Stop" }).click();
	await page.locator("#run-state").getByText("Stopping").waitFor();
	await page.goto(`${e.PAGES}/runs/${e.ID_ENDED}`);
	await page.getByRole("button", { name: "Archive" }).click();
	await page.getByText("archived", { exact: true }).waitFor();
	await page.getByRole("button", { name: "Take from the archive" }).click();
	await page.getByRole("button", { name: "Archive" }).waitFor();
});

test("a pipeline is uploaded, run with other arguments, and scheduled", async (t) => {
	const { page } = await open(t, "/pipelines");
	await page.setInputFiles("#file", "../../examples/hello.yaml");
	await page.fill("#upload-name", "hello");
	await page.getByRole("button", { name: "Upload" }).click();
	await page.getByRole("heading", { name: "hello", level: 1 }).waitFor();
	await page.getByRole("link", { name: "Run hello" }).click();
	await page.getByLabel(/recipient/).fill("a 'quoted' \"<b>world</b>\"");
	await page.getByRole("button", { name: "Run", exact: true }).click();
	await page.waitForURL(/\/runs\/[0-9a-f-]+$/);
	await page.getByRole("link", { name: "Arguments and results" }).click();
	await page.getByText("a 'quoted' \"<b>world</b>\"").waitFor();
	await page.goto(e.PAGES + "/pipelines");
	await page.getByRole("link", { name: "hello", exact: true }).click();
	await page.getByRole("row").getByRole("link", { name: "hello", exact: true }).click();
	await page.getByRole("link", { name: "Schedule…" }).click();
	await page.fill("#cron", "0 3 * * *");
	await page.getByRole("button", { name: "Schedule" }).click();
	await page.getByRole("alert").getByText("KFP's has six").waitFor();
	await page.fill("#cron", "0 0 3 * * *");
	await page.getByRole("button", { name: "Schedule" }).click();
	await page.getByRole("button", { name: "Pause" }).click();
	await page.getByRole("button", { name: "Resume" }).click();
	await page.getByRole("button", { name: "Pause" }).waitFor();
});

test("runs are chosen and compared, columns sorted and chosen", async (t) => {
	const { page } = await open(t, "/runs?text=nightly");
	await page.getByRole("link", { name: "accuracy" }).click();
	assert.match(page.url(), /sort=-m%3Aaccuracy/);
	assert.equal(await page.locator("th[aria-sort=descending]").textContent(), "accuracy");
	await page.getByText("Columns").click();
	await page.getByLabel("loss").uncheck();
	await page.getByRole("button", { name: "Show" }).click();
	await page.waitForURL(/columns=chosen/);
	assert.equal(await page.getByRole("link", { name: "loss" }).count(), 0);
	await page.locator("tbody input").nth(0).check();
	await page.locator("tbody input").nth(40).check();
	await page.getByRole("button", { name: "Compare chosen" }).click();
	await page.getByRole("heading", { name: "Compare runs" }).waitFor();
	assert.equal(await page.locator("polyline").count(), 2);
	await page.locator("tr.differs").getByText("accuracy").first().waitFor();
});

test("keys only", async (t) => {
	const { page } = await open(t, "/runs");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => location.hash), "#main");
	await page.keyboard.press("/");
	await page.keyboard.type("training 3");
	await page.keyboard.press("Enter");
	await page.waitForURL(/text=training\+3/);
	await page.locator("tbody th a").first().focus();
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: "Nightly training 3", level: 1 }).waitFor();
	const reached = new Set();
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press("Tab");
		reached.add(await page.evaluate(() => { const a = document.activeElement; return (a.closest("svg") ? "picture " : a.closest("ul.tree") ? "tree " : "") + a.tagName.toLowerCase(); }));
	}
	for (const what of ["button", "picture a", "tree a", "tree summary"]) assert.ok(reached.has(what), `${what} is not reached: ${[...reached]}`);
});

test("KFP's addresses", async (t) => {
	for (const [hash, want] of [[`#/runs/details/${e.ID_TRAINING}`, `/runs/${e.ID_TRAINING}`], [`#/recurringrun/details/${e.ID_RECURRING}`, `/recurring/${e.ID_RECURRING}`],
		[`#/pipelines/details/${e.ID_PIPELINE}/version/${e.ID_VERSION}`, `/pipelines/${e.ID_PIPELINE}/versions/${e.ID_VERSION}`], ["#/runs", "/runs"], ["#/experiments", "/experiments"],
		["#/experiments/details/x", "/runs?experiment=x"]]) {
		const { page, context } = await open(t, "/" + hash);
		await page.waitForURL(e.PAGES + want);
		await context.close();
	}
});

test("a hostile artifact does nothing", async (t) => {
	const { page, complaints } = await open(t, `/runs/${e.ID_ATTACK}/tasks/exit-handler-1.train/outputs/html`);
	await page.frameLocator("iframe").getByRole("heading", { name: "hostile" }).waitFor();
	assert.match(await page.title(), /^html/);
	await page.goto(`${e.PAGES}/runs/${e.ID_ATTACK}/tasks/exit-handler-1.train/outputs/html/content?show=html`);
	assert.equal(await page.evaluate(() => origin), "null", "the artifact has the origin of the pages");
	assert.equal(await page.title(), "", "its script has run");
	await page.goto(`${e.PAGES}/runs/${e.ID_ATTACK}/tasks/exit-handler-1.train/outputs/svg`);
	await page.locator("main img").waitFor();
	assert.deepEqual(complaints.filter((c) => !/sandbox|Content Security Policy|Content-Security-Policy/.test(c)), []);
});

test("a token is pasted once", async (t) => {
	const { page, context } = await open(t, "/runs?text=nightly", { base: e.GUARDED });
	await picture(page, "login");
	await page.fill("#token", "wrong");
	await page.getByRole("button", { name: "Log in" }).click();
	await page.getByRole("alert").waitFor();
	await page.fill("#token", e.TOKEN);
	await page.getByRole("button", { name: "Log in" }).click();
	await page.waitForURL(/runs\?text=nightly/);
	const cookie = (await context.cookies()).find((c) => c.name === "kfp2argo-token");
	assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
	await page.getByRole("button", { name: "Log out" }).click();
	await page.waitForURL(/login/);
});
