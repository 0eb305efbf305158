// Looks at the pages as people do: with a mouse, with keys only, on a small screen,
// in the dark. Pictures of all pages go to the folder PICTURES, if that is set.
import assert from "node:assert/strict";
import { readFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const e = process.env;
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const train = `/runs/${e.ID_TRAINING}/tasks/exit-handler-1.train`;
const pages = {
	runs: "/runs", run: `/runs/${e.ID_TRAINING}`, failed: `/runs/${e.ID_ENDED}`, live: `/runs/${e.ID_LIVE}`, timeline: `/runs/${e.ID_TRAINING}/timeline`,
	values: `/runs/${e.ID_TRAINING}/values`, workflow: `/runs/${e.ID_ENDED}/workflow`, compiled: `/runs/${e.ID_TRAINING}/pipeline`,
	again: `/runs/${e.ID_TRAINING}/again`, task: train, log: `/runs/${e.ID_LIVE}/tasks/all.prepare`, loop: `/runs/${e.ID_LOOP}`, iterations: `/runs/${e.ID_LOOP}/tasks/each`,
	classes: `${train}/outputs/classes`, report: `${train}/outputs/report`, notes: `${train}/outputs/notes`, samples: `${train}/outputs/samples`, picture: `${train}/outputs/picture`,
	missing: "/runs/nothing",
};

let browser;
before(async () => {
	browser = await chromium.launch({
		executablePath: e.CHROMIUM ?? "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
	});
	if (e.PICTURES) await mkdir(e.PICTURES, { recursive: true });
});
after(() => browser?.close());

// open opens a page, in a window of its own. What the browser complains of is a
// failure: a blocked script or style, an error in ours.
const open = async (t, address, options = {}) => {
	const { base = e.PAGES, ...more } = options;
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", timezoneId: "Europe/Berlin", ...more });
	t.after(() => context.close());
	const page = await context.newPage();
	const complaints = [];
	page.on("console", (m) => { if (m.type() === "error" && !/status of (40\d|404)/.test(m.text())) complaints.push(m.text()); });
	page.on("pageerror", (error) => complaints.push(String(error)));
	page.on("dialog", (d) => { complaints.push(d.message()); d.dismiss(); });
	await page.goto(base + address);
	return { page, context, complaints };
};
const picture = async (page, name, fullPage = true) => {
	if (e.PICTURES) await page.screenshot({ path: `${e.PICTURES}/${name}.png`, fullPage });
};

for (const scheme of ["light", "dark"]) {
	test(`all pages, ${scheme}`, async (t) => {
		for (const [name, address] of Object.entries(pages)) {
			const { page, context, complaints } = await open(t, address, { colorScheme: scheme });
			await picture(page, `${name}-${scheme}`);
			await page.evaluate(axe);
			const found = await page.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], iframes: false }));
			const serious = found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary).join("\n")}`);
			assert.deepEqual(serious, [], `${name}, ${scheme}`);
			assert.deepEqual(complaints, [], name);
			await context.close();
		}
	});
}

test("a small screen", async (t) => {
	for (const [name, address] of Object.entries(pages)) {
		const { page, context } = await open(t, address, { viewport: { width: 320, height: 640 } });
		await picture(page, `${name}-narrow`);
		const wide = await page.evaluate(() => document.documentElement.scrollWidth);
		assert.ok(wide <= 320, `${name} is ${wide} pixels wide`);
		await context.close();
	}
});

test("without scripts", async (t) => {
	for (const [name, address] of Object.entries(pages)) {
		const { page, context } = await open(t, address, { javaScriptEnabled: false });
		assert.equal(await page.locator("h1").count(), 1, name);
		await context.close();
	}
	const { page } = await open(t, "/runs?text=nightly", { javaScriptEnabled: false });
	assert.equal(await page.locator("tbody tr").count(), 6);
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
