// System status: counters, ledger writes, disk, ledger verification, upstreams.
import { byID, element, figures, moment } from "../shared/dom.js";
import { bytes, count, decimal, exactTime, money, tenths } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { act, read, refresh, send } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";

// Consecutive failures after which an upstream counts as failing.
const failing = 3;
// Bytes below which disk space counts as low.
const little = 1e9;
// Milliseconds between two readings while the ledger is verified.
const proofInterval = 1000;

let status = null;
let proofTimer = null;

const milliseconds = (value) => (value === undefined ? "-" : t("milliseconds", { count: tenths(value) }));
const isLow = (disk) => disk.freeBytes < little || disk.freeBytes < disk.ledgerBytes;

function drawHealth() {
  const troubles = [
    [!status.ledgerWritable, "ledgerStuck"], [status.verification.state === "broken", "proofbroken"], [status.stopping, "stopping"],
    [isLow(status.disk), "diskLow"], [status.upstreams.some((one) => one.failuresInARow >= failing), "upstreamFailing"],
    [status.overdueHolds > 0 || status.lostSettlements > 0, "alarm"],
  ];
  const trouble = troubles.find(([isThere]) => isThere);
  byID("health").textContent = t(trouble ? trouble[1] : "healthy");
  byID("health").className = trouble ? "pill bad" : "pill";
  byID("health").hidden = false;
}

function drawProof({ state, at, rows, milliseconds, breaks }) {
  const isRunning = state === "running";
  byID("verify").disabled = isRunning;
  byID("proof").replaceChildren(t("proof" + state), ...(at ? [": ", moment(at)] : []),
    ...(rows === null ? [] : [", " + t("proofOf", { rows: count(rows), seconds: decimal(milliseconds / 1000) })]));
  byID("breaks").hidden = breaks.length === 0;
  byID("breaks").replaceChildren(element("ul", {}, ...breaks.map((one) => element("li", {}, one))));
  clearTimeout(proofTimer);
  if (isRunning) proofTimer = setTimeout(refresh, proofInterval);
}

function health(upstream) {
  if (upstream.failuresInARow > 0) {
    return element("span", {}, element("span", { class: "pill bad" }, t("failedInARow", { count: count(upstream.failuresInARow) })),
      ` ${upstream.lastFailure}, `, moment(upstream.lastFailureAt));
  }
  return upstream.lastAnswerAt ? element("span", { class: "pill" }, t("answering")) : t("notAsked");
}

const flags = (found) => (found.length === 0 ? "-" : element("span", {}, ...found.map((one) =>
  element("span", { class: "tag", title: `${one.lastRequestId}, ${exactTime(new Date(one.lastAt))}` }, `${t("flag" + one.flag)}: ${count(one.count)}`))));

function drawUpstreams(upstreams) {
  byID("upstreams").replaceChildren(upstreams.length
    ? table([t("upstream"), t("state"), t("lastAnswer"), t("balance"), t("flags")], upstreams.map((one) => [
      element("span", { title: one.host }, one.name, element("span", { class: "tag" }, one.host)), health(one),
      one.lastAnswerAt ? moment(one.lastAnswerAt) : t("never"),
      one.balance === null ? "-" : element("span", { title: new Date(one.balanceAt).toISOString() }, money(one.balance)), flags(one.flags),
    ]), [])
    : nothing("nothingYet"));
}

function draw() {
  drawHealth();
  const { commits, disk } = status;
  figures({
    openHolds: count(status.openHolds), overdueHolds: count(status.overdueHolds), lostSettlements: count(status.lostSettlements),
    overruns: count(status.overruns) + (status.overruns ? ` (${money(status.overrunSum)})` : ""), cuts: count(status.cuts), extensions: count(status.extensions),
    writesMedian: milliseconds(commits?.p50Milliseconds), writesP99: milliseconds(commits?.p99Milliseconds),
    ledgerSize: bytes(disk.ledgerBytes + disk.logBytes), diskFree: bytes(disk.freeBytes),
  });
  drawProof(status.verification);
  drawUpstreams(status.upstreams);
}

// The health status is shown on every view.
export const systemPart = {
  read: () => read("/admin/status"),
  keep: (found) => { status = found; },
  draw,
  clear: () => {
    status = null;
    clearTimeout(proofTimer);
    byID("health").hidden = byID("breaks").hidden = true;
  },
};

byID("verify").addEventListener("click", (event) => act(event.target, () => send("POST", "/admin/verification")));
