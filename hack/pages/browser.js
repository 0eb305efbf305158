// A browser for tests: Debian's chromium, driven by playwright-core.
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

const e = process.env;
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

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
export const open = async (t, address, options = {}) => {
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

// picture keeps a picture of a page, if pictures are asked for.
export const picture = async (page, name, fullPage = true) => {
	if (e.PICTURES) await page.screenshot({ path: `${e.PICTURES}/${name}.png`, fullPage });
};

// audit returns what axe finds wrong with a page.
export const audit = async (page, name, runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]) => {
	await page.evaluate(axe);
	const found = await page.evaluate((runOnly) => axe.run({ runOnly, iframes: false }), runOnly);
	return found.violations.map((v) => `${name}: ${v.id}: ${v.help}\n${v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary).join("\n")}`);
};
