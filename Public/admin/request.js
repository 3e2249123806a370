// One request, found by its identifier, with the explanation of its cost.
import { byID, element, moment } from "../shared/dom.js";
import { explanation } from "../shared/explanation.js";
import { t } from "../shared/i18n.js";
import { attempt, read, tellIn } from "../shared/page.js";

const form = byID("findRequest");
let found = null;

function draw() {
  byID("request").replaceChildren(...(found ? [element("p", {}, moment(found.created_at), ` ${found.model}, ${t("ending" + found.ending)}, ${t("usage" + found.usage_source)}`),
    explanation(found)] : []));
}

export const requestPart = {
  views: ["system"], draw,
  clear: () => {
    found = null;
    form.reset();
    byID("request").replaceChildren();
  },
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(form.querySelector("button"), async () => {
    found = await read(`/admin/requests/${encodeURIComponent(form.elements.request.value.trim())}`);
    draw();
  }, tellIn(form));
});
