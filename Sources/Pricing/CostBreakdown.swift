import Metering
import Money

/// The explanation of a cost: what each quantity costs, and the factors. Rounded up once, it is the cost to the nano-USD.
public struct CostBreakdown: Hashable, Sendable {
    /// A quantity with its rate.
    public struct Line: Hashable, Sendable {
        /// What is charged.
        public var dimension: Dimension
        /// How much, in the dimension's unit.
        public var quantity: Int64
        /// The price of ``per`` units.
        public var rate: NanoUSD
        /// The number of units that ``rate`` is for: a million tokens or characters, a second's milliseconds, one call or
        /// picture.
        public var per: Int64
        /// Whether the factors apply.
        public var isScaled: Bool
        /// Whether the rate card has no rate for it, so that it is charged at the highest rate of its side.
        public var isUnpriced: Bool

        /// The exact amount before factors and markup, in millionths of a nano-USD.
        public var exact: Int128 { Int128(quantity) * Int128(rate.nanos) * Int128(1_000_000 / per) }
    }

    /// The quantities that are not zero, in the order of the dimensions' numbers; two lines of one dimension where a part
    /// lies above a threshold.
    public var lines: [Line]
    /// The fixed price of the request.
    public var perRequest: NanoUSD
    /// The threshold in input tokens whose rates for long inputs apply; nil if none does.
    public var longInputAbove: Int64?
    /// Factor of the service tier.
    public var tier: Factor
    /// Factor of the region.
    public var residency: Factor
    /// Factor of the speed.
    public var speed: Factor
    /// The account's markup.
    public var markup: Markup
    /// What pricing found doubtful: quantities or terms without a price.
    public var flags: UsageFlags
    /// The cost.
    public var cost: NanoUSD
}

/// A cost and what is doubtful about its price.
public struct Charge: Hashable, Sendable {
    /// The cost.
    public var cost: NanoUSD
    /// Quantities or terms without a price.
    public var flags: UsageFlags

    /// Creates a charge.
    public init(cost: NanoUSD, flags: UsageFlags) {
        self.cost = cost
        self.flags = flags
    }

    /// Nothing is charged.
    public static let nothing = Charge(cost: .zero, flags: [])
}

/// Sums of exact amounts, in millionths of a nano-USD before markup.
struct ExactSum {
    /// Amounts that the factors apply to.
    var scaled: Int128 = 0
    /// All others.
    var fixed: Int128 = 0

    mutating func add(_ line: CostBreakdown.Line) {
        if line.isScaled { scaled = scaled.adding(line.exact) } else { fixed = fixed.adding(line.exact) }
    }

    /// Returns the charge under a fraction for scaled amounts and a markup, rounded up once; `Int64.max` nano-USD on overflow.
    func charged(_ numerator: Int128, _ denominator: Int128, _ markup: Markup) -> NanoUSD {
        let (scaled, overflow) = scaled.multipliedReportingOverflow(by: numerator)
        let (fixed, fixedOverflow) = fixed.multipliedReportingOverflow(by: denominator)
        let (sum, sumOverflow) = scaled.addingReportingOverflow(fixed)
        guard !overflow, !fixedOverflow, !sumOverflow, sum >= 0 else { return NanoUSD(nanos: .max) }
        let divisor = UInt128(denominator * 1_000_000_000_000)
        let marked = UInt128(sum).multipliedFullWidth(by: UInt128(markup.millionths))
        guard marked.high < divisor else { return NanoUSD(nanos: .max) }
        let (quotient, rest) =
            marked.high == 0
            ? marked.low.quotientAndRemainder(dividingBy: divisor) : divisor.dividingFullWidth(marked)
        return NanoUSD(nanos: Int64(clamping: rest > 0 ? quotient + 1 : quotient))
    }
}

extension Int128 {
    /// Returns the sum; the maximum on overflow.
    func adding(_ other: Int128) -> Int128 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// Returns the product of two numbers that are not negative; the maximum on overflow.
    func multiplied(by other: Int128) -> Int128 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

extension Int64 {
    /// Returns the sum; the maximum on overflow.
    func adding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// Returns the product of two numbers that are not negative; the maximum on overflow.
    func multiplied(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
