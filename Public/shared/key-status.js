// @ts-check
// The status of a client key.

/**
 * Returns the status of a client key by its rules and what remains of its budget.
 * @param {{ isEnabled: boolean, expiresAt: string | null }} key
 * @param {number | null} remaining Null without a budget.
 * @param {number} [now] Milliseconds since 1970.
 * @returns {"active" | "disabled" | "expired" | "exhausted"}
 */
export function keyStatus({ isEnabled, expiresAt }, remaining, now = Date.now()) {
  if (!isEnabled) return "disabled";
  if (expiresAt && Date.parse(expiresAt) <= now) return "expired";
  return remaining !== null && remaining <= 0 ? "exhausted" : "active";
}
