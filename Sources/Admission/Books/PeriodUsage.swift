import Accounts
import Ledger
import Money
import Timekeeping

/// What a key uses in the day, the week and the month that it is, in UTC.
///
/// A request counts where it began. The window before the current one is kept too: requests that began in it may still
/// be in flight.
struct PeriodUsage {
    /// What counts in one window.
    struct Sum {
        var requests: Int64 = 0
        var spent = NanoUSD.zero
        var held = NanoUSD.zero
        /// The parts of both that the key's allowance pays.
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

    /// Begins on a day on which nothing is used yet.
    init(today: Day) {
        self.today = today
        day = Window(first: today)
        week = Window(first: today.firstOfWeek)
        month = Window(first: today.firstOfMonth)
    }

    /// Goes on to a day, unless it is over already.
    mutating func advance(to day: Day) {
        guard day > today else { return }
        today = day
        self.day.advance(to: day)
        week.advance(to: day.firstOfWeek)
        month.advance(to: day.firstOfMonth)
    }

    /// Returns what counts in the window around a day.
    func sum(_ period: Period, around day: Day) -> Sum {
        let window =
            switch period {
            case .day: self.day
            case .week: week
            case .month: month
            }
        return day >= window.first ? window.current : window.previous
    }

    /// Changes what counts in all windows around a day.
    mutating func change(around day: Day, _ body: (inout Sum) -> Void) {
        self.day.change(around: day, body)
        week.change(around: day, body)
        month.change(around: day, body)
    }

    /// Takes over what the ledger says of a day; days before the current windows are left out.
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
