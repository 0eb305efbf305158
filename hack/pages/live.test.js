// Looks at the pages of kfp2argo serve while pipelines run on a cluster.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { audit, open, picture } from "./browser.js";

const e = process.env;
const api = e.PAGES + "/apis/v2beta1";
// A run may take as long as the cluster needs.
const patience = { timeout: 10 * 60 * 1000 };

// What the tests have started goes again.
after(async () => {
	const all = async (kind, where) => (await (await fetch(`${api}/${where}`)).json())[kind] ?? [];
	const drop = async (where) => assert.ok((await fetch(`${api}/${where}`, { method: "DELETE" })).ok, where);
	for (const r of await all("runs", "runs?page_size=200&sort_by=created_at%20desc")) if (r.display_name.includes(e.TAG)) await drop(`runs/${r.run_id}`);
	for (const p of await all("pipelines", "pipelines?page_size=200")) {
		if (!p.display_name.includes(e.TAG)) continue;
		for (const v of await all("pipeline_versions", `pipelines/${p.pipeline_id}/versions`)) await drop(`pipelines/${p.pipeline_id}/versions/${v.pipeline_version_id}`);
		await drop(`pipelines/${p.pipeline_id}`);
	}
});

// upload uploads a pipeline, and leads to the form that runs it.
const upload = async (page, file, name) => {
	await page.goto(e.PAGES + "/pipelines");
	await page.setInputFiles("#file", file);
	await page.fill("#upload-name", name);
	await page.getByRole("button", { name: "Upload" }).click();
	await page.getByRole("heading", { name, level: 1 }).waitFor();
	await page.getByRole("link", { name: `Run ${name}` }).click();
};

// start sends the form, under a name, and returns the address of the run.
const start = async (page, name) => {
	await page.locator("input[name=name]").fill(name);
	await page.getByRole("button", { name: "Run", exact: true }).click();
	await page.waitForURL(/\/runs\/[0-9a-f-]+$/);
	return page.url();
};

// requireGood looks at a page as axe does.
const requireGood = async (page, complaints, name) => {
	await picture(page, `live-${name}`);
	assert.equal([...await audit(page, name), ...complaints.splice(0)].join("\n\n"), "");
};

test("a run goes by, is run again from the cache, and what it made is traced", async (t) => {
	const { page, complaints } = await open(t, "/pipelines");
	await upload(page, "../../examples/artifacts.yaml", `artifacts-${e.TAG}`);
	const first = await start(page, `first ${e.TAG}`);
	await page.evaluate(() => { window.same = true; });
	await page.locator("#run-state .state.succeeded").waitFor(patience);
	assert.equal(await page.evaluate(() => window.same), true, "the page was not live, but loaded anew");
	await page.getByText("3 Succeeded").waitFor();
	await requireGood(page, complaints, "run");

	await page.getByRole("link", { name: "Timeline" }).click();
	const titles = await page.locator("#timeline a title").allTextContents();
	assert.equal(titles.length, 3);
	for (const title of titles) assert.match(title, /^\S+, Succeeded after \d+.*(waited|fetched|ran|stored) \d/);
	await requireGood(page, complaints, "timeline");

	await page.goto(`${first}/tasks/train`);
	await page.getByText("Cache miss:").waitFor();
	await page.locator("table tr[aria-current] td").getByText(/ran \d/).waitFor();
	await requireGood(page, complaints, "task");
	await page.goto(`${first}/tasks/train/outputs/curve`);
	await page.getByRole("heading", { name: "ROC curve" }).waitFor();
	await requireGood(page, complaints, "curve");
	await page.goto(`${first}/tasks/make-data/outputs/parts`);
	await page.getByRole("link", { name: "part-1/rows.csv" }).waitFor();

	await page.goto(first);
	await page.getByRole("link", { name: "Run again…" }).click();
	const second = await start(page, `second ${e.TAG}`);
	await page.locator("#run-state .state.succeeded").waitFor(patience);
	await page.goto(`${second}/tasks/train`);
	await page.getByText("Cache hit:").waitFor();
	await page.goto(`${second}/tasks/train/outputs/model`);
	await page.locator("dd").getByRole("link", { name: `first ${e.TAG}` }).first().waitFor();
	await page.getByText("Taken from the cache by").waitFor();
	await page.goto(`${first}/tasks/train/outputs/model`);
	await page.getByRole("link", { name: "Look for tasks of other runs" }).click();
	await page.locator("#across ~ ul").getByRole("link", { name: `second ${e.TAG}` }).first().waitFor();
	await requireGood(page, complaints, "across");

	await page.goto(`${e.PAGES}/compare?run=${first.split("/").pop()}&run=${second.split("/").pop()}`);
	await page.getByRole("heading", { name: "Compare runs" }).waitFor();
	await requireGood(page, complaints, "compare");
});

test("a task waits for an image, and the run is terminated, retried and archived", async (t) => {
	const { page, complaints } = await open(t, "/pipelines");
	page.removeAllListeners("dialog");
	page.on("dialog", (d) => d.accept());
	await upload(page, e.STUCK, `stuck-${e.TAG}`);
	const run = await start(page, `stuck ${e.TAG}`);
	const task = page.locator("#tree li:not(:has(li)) .what a").first();
	await page.locator("#tree .message.wait").getByText(/image/).first().waitFor(patience);
	await task.click();
	await page.locator("#task-state .note").getByText(/registry\.invalid\/none:1.*cannot be pulled/).waitFor(patience);
	await page.getByRole("heading", { name: "Events of its pod" }).waitFor();
	await requireGood(page, complaints, "waiting");
	await page.goto(run);
	await page.getByRole("button", { name: "Terminate" }).click();
	await page.locator("#run-state .state.failed").waitFor(patience);
	await page.getByRole("button", { name: "Retry" }).click();
	await page.getByRole("button", { name: "Terminate" }).click(patience);
	await page.locator("#run-state .state.failed").waitFor(patience);
	await page.getByRole("button", { name: "Archive" }).click();
	await page.getByText("archived", { exact: true }).waitFor();
	assert.deepEqual(complaints, []);
});
