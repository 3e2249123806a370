import Accounts
import Ledger
import Money
import Timekeeping

/// The usage of a key in the current day, week and month, in UTC.
///
/// A request counts in the windows in which it began. The previous window of each kind is kept as well, because requests that
/// began in it may still be in flight.
struct PeriodUsage {
    /// The usage in one window.
    struct Sum {
        var requests: Int64 = 0
        var spent = NanoUSD.zero
        var held = NanoUSD.zero
        /// The parts of `spent` and `held` that the key's allowance pays.
        var allowanceSpent = NanoUSD.zero
        var allowanceHeld = NanoUSD.zero
    }

    private struct Window {
        var first: Day
        var current = Sum()
        var previous = Sum()

        mutating func advance(to first: Day) {
            guard first > self.first else { return }
            self.first = first
            previous = current
            current = Sum()
        }

        mutating func change(around day: Day, _ body: (inout Sum) -> Void) {
            if day >= first { body(&current) } else { body(&previous) }
        }
    }

    private(set) var today: Day
    private var day: Window
    private var week: Window
    private var month: Window

    /// Creates empty usage as of a day.
    init(today: Day) {
        self.today = today
        day = Window(first: today)
        week = Window(first: today.firstOfWeek)
        month = Window(first: today.firstOfMonth)
    }

    /// Advances the windows to a day; an earlier day changes nothing.
    mutating func advance(to day: Day) {
        guard day > today else { return }
        today = day
        self.day.advance(to: day)
        week.advance(to: day.firstOfWeek)
        month.advance(to: day.firstOfMonth)
    }

    /// Returns the usage in the window that contains a day.
    func sum(_ period: Period, around day: Day) -> Sum {
        let window =
            switch period {
            case .day: self.day
            case .week: week
            case .month: month
            }
        return day >= window.first ? window.current : window.previous
    }

    /// Changes the usage in all windows that contain a day.
    mutating func change(around day: Day, _ body: (inout Sum) -> Void) {
        self.day.change(around: day, body)
        week.change(around: day, body)
        month.change(around: day, body)
    }

    /// Adds the usage of a day as the ledger has it; days before the current windows are ignored.
    mutating func add(_ usage: KeyDay) {
        func add(to window: inout Window) {
            guard usage.day >= window.first else { return }
            window.current.requests += usage.requests
            window.current.spent += usage.cost
            window.current.allowanceSpent += usage.allowanceCost
        }
        add(to: &day)
        add(to: &week)
        add(to: &month)
    }
}
