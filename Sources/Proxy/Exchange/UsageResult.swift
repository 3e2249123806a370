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
    /// Doubts about the usage.
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
        if let known = estimate?.known, !answer.isError {
            self.init(usage: known, source: .reported)
        } else if let reported = answer.usage {
            self.init(reported: reported, textBytes: answer.textBytes, estimate: estimate)
        } else if answer.isError || !operation.isBilled {
            self = .nothing
        } else if operation.billing == .request {
            // No tokens are reported: the price per request is the whole cost.
            self.init(usage: .zero, source: .reported)
        } else {
            self.init(estimate, textBytes: answer.textBytes)
            if estimate != nil { flags.insert(.unreported) }
            add(answer.observed)
        }
    }

    /// How a stream came to its end.
    enum StreamEnd {
        /// The upstream ended it, with or without an event that says so.
        case ended
        /// The client left, and the upstream was told to stop.
        case cancelled
        /// The upstream broke it off, or took too long.
        case broken
    }

    /// The usage of a stream: as it reports if it is complete, else estimated, and never less than it reports.
    ///
    /// Nothing is charged for an error before anything was generated. A client that leaves before the first text pays the
    /// input, and the time that the upstream worked in silence: see ``UsageEstimate/silentTokensPerSecond``.
    init(of meter: StreamMeter, _ end: StreamEnd, estimate: UsageEstimate?) {
        let reported = meter.usage
        let isComplete = meter.hasEnded || end == .ended && meter.hasFinished
        if let known = estimate?.known, meter.textBytes > 0 || isComplete {
            self.init(usage: known, source: .reported)
            return
        }
        if let reported, isComplete {
            self.init(reported: reported, textBytes: meter.textBytes, estimate: estimate)
            return
        }
        let nothingCame = meter.textBytes == 0 && reported == nil && !isComplete && end != .cancelled
        if nothingCame || meter.textBytes == 0 && meter.errorSeen {
            self = .nothing
            return
        }
        self.init(estimate, textBytes: meter.textBytes)
        if isComplete, estimate != nil { flags.insert(.unreported) }
        add(meter.observed)
        if let reported { raise(to: reported) }
        if end == .cancelled, let estimate { addSilence(of: estimate) }
    }

    /// The usage of a request whose client left before its answer was complete.
    ///
    /// - Parameter textBytes: Bytes of the answer that came.
    init(ofCancelled estimate: UsageEstimate?, textBytes: Int64) {
        self.init(estimate, textBytes: textBytes)
        if textBytes == 0, let estimate { addSilence(of: estimate) }
    }

    /// A report that leaves out a side of the exchange is completed by estimates, and flagged.
    private init(reported: MeteredUsage, textBytes: Int64, estimate: UsageEstimate?) {
        self.init(reported: reported)
        guard let estimate, estimate.generatesText else { return }
        let lacksInput = usage.allInput == 0
        let lacksOutput = usage.allOutput == 0 && textBytes > 0
        guard lacksInput || lacksOutput else { return }
        let estimated = estimate.usage(textBytes: textBytes)
        if lacksInput { usage.input = estimated.input }
        if lacksOutput { usage.output = estimated.output }
        source = .estimated
        flags.insert(.unreported)
    }

    /// Adds what an answer shows beside tokens.
    private mutating func add(_ observed: MeteredUsage) {
        guard source != .none else { return }
        for quantity in observed.usage.quantities { usage[quantity.dimension] = quantity.amount }
        terms = observed.terms
        upstreamCost = observed.upstreamCostNanoUSD.map(NanoUSD.init(nanos:))
    }

    /// Takes what was reported so far: its input for the estimated one, and its output if it is more.
    private mutating func raise(to reported: MeteredUsage) {
        guard source != .none else { return }
        let output = usage.output
        let estimatedInput = usage.input
        self = UsageResult(reported: reported)
        usage.output += max(0, output - usage.allOutput)
        if usage.allInput == 0 { usage.input = estimatedInput }
        source = .estimated
    }

    /// Adds what the model may have written while nothing was seen, as far as the hold pays for it.
    private mutating func addSilence(of estimate: UsageEstimate) {
        let affordable = max(0, estimate.affordableOutput(beside: usage, terms: terms) - usage.output)
        usage.output += min(estimate.silentTokens(beside: usage.output), affordable)
    }

    /// The usage of a stream that was cut because its money is used up: never more than its hold pays for.
    init(ofCut meter: StreamMeter, estimate: UsageEstimate) {
        let used = estimate.usageSoFar(meter)
        self.init(reported: used)
        usage.output = min(usage.output, estimate.affordableOutput(beside: usage, terms: terms))
        source = .estimated
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
    /// Time that the upstream worked on the request without showing any text, in nanoseconds; nil if it did not.
    var silence: Int64?

    /// Output tokens that a model is taken to write in a second of silence, in whole seconds: thinking that is not shown, or
    /// an answer that comes as a whole. Few models write slower.
    static let silentTokensPerSecond: Int64 = 20

    /// Creates an estimate for a request that was admitted.
    init(_ request: borrowing HeldRequest) {
        price = request.price
        demand = request.demand.price
        held = request.hold.amount
        generatesText = request.demand.operation.generatesText
    }

    init(price: ModelPrice, demand: PriceDemand, held: NanoUSD, generatesText: Bool, silence: Int64? = nil) {
        self.price = price
        self.demand = demand
        self.held = held
        self.generatesText = generatesText
        self.silence = silence
    }

    /// How the counts of the answer are read.
    var counting: CountingRules { CountingRules(price, demand) }

    /// Returns the tokens that the model may have written in silence, within the bound of the output.
    ///
    /// - Parameter output: Tokens that were seen, or reported.
    func silentTokens(beside output: Int64) -> Int64 {
        guard generatesText, let silence else { return 0 }
        let tokens = silence / 1_000_000_000 * Self.silentTokensPerSecond
        let bound = price.tokenBound(demand) - price.inputTokenBound(demand)
        return max(0, min(tokens, bound - output))
    }

    /// The usage that follows from the request alone, whatever the answer says; nil if the answer decides.
    var known: Usage? { price.knownUsage(demand) }

    /// Returns the usage of an answer of which this many bytes of text came.
    func usage(textBytes: Int64) -> Usage {
        price.estimate(textBytes: generatesText ? textBytes : 0, demand)
    }

    /// Returns what a stream that goes on has used, as far as that is known.
    func usageSoFar(_ meter: StreamMeter) -> MeteredUsage {
        var soFar = meter.observed
        if let reported = meter.usage {
            soFar = reported
        } else {
            let estimated = price.estimate(textBytes: 0, demand)
            soFar.usage.input = estimated.input
        }
        let text = RequestInput.tokens(ofText: meter.textBytes)
        soFar.usage.output += max(0, text - soFar.usage.allOutput)
        return soFar
    }

    /// Returns the output tokens that the hold pays for beside a usage's other quantities.
    func affordableOutput(beside usage: Usage, terms: ServiceTerms) -> Int64 {
        price.affordableOutput(beside: usage, for: held, terms: terms)
    }

    /// Returns how many bytes of text the hold covers beside a usage's other quantities, at least those that have come.
    func coveredText(_ meter: StreamMeter, beside used: MeteredUsage) -> Int64 {
        let affordable = affordableOutput(beside: used.usage, terms: used.terms)
        let (bytes, overflow) = affordable.multipliedReportingOverflow(by: RequestInput.bytesPerToken)
        return overflow ? .max : max(bytes, meter.textBytes)
    }
}

extension HeldRequest {
    /// How the counts of its answer are read.
    var counting: CountingRules { CountingRules(price, demand.price) }
}

extension CountingRules {
    /// The rules for an answer of a model to a request.
    init(_ price: ModelPrice, _ demand: PriceDemand) {
        self.init(
            contextLimit: price.contextTokens, reasoning: price.reasoning ?? .within, askedTerms: demand.askedTerms)
    }
}

extension PriceDemand {
    /// The terms that the request asks for by name.
    fileprivate var askedTerms: ServiceTerms {
        let tier: ServiceTerms.Tier = if case .only(let tier) = tier { tier } else { .standard }
        return ServiceTerms(tier: tier, isResident: isResident, isFast: isFast, pictureForm: pictureForm?.text)
    }
}
