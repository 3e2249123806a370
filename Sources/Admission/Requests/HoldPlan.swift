import Accounts
import Metering
import Money
import Pricing

/// What is set aside for a request, and what it may write for that.
struct HoldPlan {
    let payer: Payer
    let amount: NanoUSD
    /// Tokens reserved in the key's limit of tokens per minute.
    let tokens: Int64
    /// The bound on each answer's output, if it is less than what was asked for.
    let outputLimit: Int64?

    /// What a request asks for, priced, and how little of it makes sense.
    struct Request {
        let demand: RequestDemand
        let price: ModelPrice
        /// Whether its output may be limited to what there is.
        let mayClamp: Bool
        /// The fewest output tokens that it is let through with. Nobody who asks for less is made to ask for more.
        let leastOutput: Int64

        init(_ demand: RequestDemand, _ price: ModelPrice, shortage: ShortagePolicy, leastOutput: Int64) {
            self.demand = demand
            self.price = price
            mayClamp = demand.operation.generatesText && shortage == .clamp
            self.leastOutput = min(
                max(leastOutput, demand.leastOutputTokens), demand.price.maxOutputTokens ?? price.maxOutputTokens)
        }

        /// What it needs to be let through at all, in money.
        var leastMoney: NanoUSD { price.bound(mayClamp ? limited(to: leastOutput) : demand.price) }

        /// What it needs to be let through at all, in tokens.
        var leastTokens: Int64 { price.tokenBound(mayClamp ? limited(to: leastOutput) : demand.price) }

        func limited(to output: Int64) -> PriceDemand {
            var limited = demand.price
            limited.maxOutputTokens = output
            return limited
        }
    }

    /// Decides what to set aside: the whole bound if it fits, else what fits; nil if the request does not allow for less.
    ///
    /// - Parameters:
    ///   - room: What the payer has left for it.
    ///   - tokenRoom: Tokens that the key may use, if that is limited.
    init?(_ request: Request, from payer: Payer, room: NanoUSD, tokenRoom: Int64?) {
        self.payer = payer
        let (price, demand) = (request.price, request.demand.price)
        guard request.demand.operation.isBilled else {
            amount = .zero
            tokens = 0
            outputLimit = nil
            return
        }
        let bound = price.bound(demand)
        let tokenBound = tokenRoom == nil ? 0 : price.tokenBound(demand)
        var limit: Int64?
        if bound > room {
            guard let affordable = price.affordableOutput(demand, for: room) else { return nil }
            limit = affordable
        }
        if let tokenRoom, tokenBound > tokenRoom {
            let writable = (tokenRoom - price.inputTokenBound(demand)) / max(1, demand.choices)
            limit = min(limit ?? .max, writable)
        }
        outputLimit = limit
        guard let limit else {
            amount = bound
            tokens = tokenBound
            return
        }
        guard request.mayClamp, limit >= request.leastOutput else { return nil }
        let limited = request.limited(to: limit)
        amount = price.bound(limited)
        tokens = tokenRoom == nil ? 0 : price.tokenBound(limited)
    }
}
