import Accounts
import Timekeeping

/// Reads which keys are to be summed up by week.
public protocol WeeklyRollupReader: Sendable {
    /// Returns keys with days before a Monday that are not summed up by week; see ``RollUpWeeks``.
    func keysToRollUp(before monday: Day, atMost count: Int) async throws -> [KeyID]
}
