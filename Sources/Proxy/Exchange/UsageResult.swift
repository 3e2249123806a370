import Admission
import Ledger
import Metering
import Money
import Pricing

/// Usage of a request and its source.
struct UsageResult: Equatable {
    var usage: Usage
    var source: UsageSource
    /// Terms under which the upstream served the request.
    var terms: ServiceTerms
    /// What is doubtful about the usage.
    var flags: UsageFlags
    /// Cost of the request as the upstream reported it.
    var upstreamCost: NanoUSD?

    /// Nothing was used, or nothing is charged.
    static let nothing = UsageResult(usage: .zero, source: .none)

    init(
        usage: Usage, source: UsageSource, terms: ServiceTerms = .standard, flags: UsageFlags = [],
        upstreamCost: NanoUSD? = nil
    ) {
        self.usage = usage
        self.source = source
        self.terms = terms
        self.flags = flags
        self.upstreamCost = upstreamCost
    }

    /// The usage that the upstream reported.
    init(reported: MeteredUsage) {
        self.init(
            usage: reported.usage, source: .reported, terms: reported.terms, flags: reported.flags,
            upstreamCost: reported.upstreamCostNanoUSD.map(NanoUSD.init(nanos:)))
    }

    /// The usage of a whole answer: as it reports, else estimated from its text.
    init(of answer: PlainAnswer, operation: Operation, estimate: UsageEstimate?) {
        if let reported = answer.usage {
            self.init(reported: reported)
        } else if answer.isError || !operation.isBilled {
            self = .nothing
        } else if operation.billing == .request {
            // No tokens are reported: the price per request is the whole cost.
            self.init(usage: .zero, source: .reported)
        } else {
            self.init(estimate, textBytes: answer.textBytes)
        }
    }

    /// The usage of a stream: as it reports if it is complete, else estimated from its text.
    ///
    /// - Parameter isComplete: The upstream ended it properly.
    init(of meter: StreamMeter, isComplete: Bool, estimate: UsageEstimate?) {
        let reported = meter.usage
        if let reported, isComplete || meter.hasEnded {
            self.init(reported: reported)
        } else if meter.textBytes == 0, meter.errorSeen || !isComplete {
            // An error before anything was generated costs nothing.
            self = .nothing
        } else {
            self.init(estimate, textBytes: meter.textBytes)
            guard let reported else { return }
            let output = max(reported.usage.output, usage.output)
            self.init(reported: reported)
            usage.output = output
            source = .estimated
        }
    }

    /// The usage of a stream that was cut because its money is used up: never more than its hold pays for.
    init(ofCut meter: StreamMeter, estimate: UsageEstimate) {
        var usage = estimate.usageSoFar(meter)
        usage.output = min(usage.output, estimate.affordableOutput(beside: usage))
        self.init(usage: usage, source: .estimated)
    }

    /// The usage of a whole answer of which this many bytes of text came; nothing for what is never charged.
    init(_ estimate: UsageEstimate?, textBytes: Int64) {
        guard let estimate else {
            self = .nothing
            return
        }
        self.init(usage: estimate.usage(textBytes: textBytes), source: .estimated)
    }
}

/// Basis for estimating the usage of a request that the upstream does not report.
struct UsageEstimate {
    let price: ModelPrice
    let demand: PriceDemand
    /// Amount held for the request.
    let held: NanoUSD
    /// Whether text of the answer is output that costs.
    let generatesText: Bool

    /// Creates an estimate for a request that was admitted.
    init(_ request: borrowing HeldRequest) {
        price = request.price
        demand = request.demand.price
        held = request.hold.amount
        generatesText = request.demand.operation.generatesText
    }

    init(price: ModelPrice, demand: PriceDemand, held: NanoUSD, generatesText: Bool) {
        self.price = price
        self.demand = demand
        self.held = held
        self.generatesText = generatesText
    }

    /// Returns the usage of an answer of which this many bytes of text came.
    func usage(textBytes: Int64) -> Usage {
        price.estimate(textBytes: generatesText ? textBytes : 0, demand)
    }

    /// Returns what a stream that goes on has used, as far as that is known.
    func usageSoFar(_ meter: StreamMeter) -> Usage {
        var usage = meter.usage?.usage ?? price.estimate(textBytes: 0, demand)
        usage.output = max(usage.output, RequestInput.tokens(ofText: meter.textBytes))
        return usage
    }

    /// Returns the output tokens that the hold pays for beside a usage's other tokens.
    func affordableOutput(beside usage: Usage) -> Int64 {
        price.affordableOutput(beside: usage, for: held)
    }

    /// Returns how many bytes of text the hold covers beside a usage's other tokens, at least those that have come.
    func coveredText(_ meter: StreamMeter, beside usage: Usage) -> Int64 {
        let (bytes, overflow) = affordableOutput(beside: usage).multipliedReportingOverflow(
            by: RequestInput.bytesPerToken)
        return overflow ? .max : max(bytes, meter.textBytes)
    }
}
