// Looks at a picture of kfp2argo graph in fonts that are wider and narrower than the one
// it is made for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./browser.js";

for (const font of ["Liberation Sans", "DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"]) {
	test(`texts in ${font}`, async (t) => {
		const { page, complaints } = await open(t, process.env.SVG, { base: "" });
		const texts = await page.evaluate((font) => [...document.querySelectorAll("text")].map((text) => {
			text.style.fontFamily = font;
			const shape = [...text.parentNode.children].find((c) => c.matches("rect, path"))?.getBBox();
			const { x, width } = text.getBBox();
			const told = Number(text.getAttribute("textLength"));
			text.removeAttribute("textLength");
			return { text: text.textContent, told, width, own: text.getComputedTextLength(), fits: !shape || x >= shape.x && x + width <= shape.x + shape.width };
		}), font);
		assert.ok(texts.length > 20);
		assert.deepEqual(texts.filter((s) => !s.fits || Math.abs(s.width - s.told) > 1), [], "texts are as wide as they are told, in their boxes");
		if (font.includes("Mono")) assert.ok(texts.some((s) => s.own > 1.2 * s.told), "the font makes no difference");
		assert.deepEqual(complaints, []);
	});
}
