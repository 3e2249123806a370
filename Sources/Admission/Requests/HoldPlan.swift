import Accounts
import Metering
import Money
import Pricing

/// The amount and the tokens to hold for a request, and the output limit that they pay for.
struct HoldPlan {
    let payer: Payer
    let amount: NanoUSD
    /// Tokens reserved in the key's limit of tokens per minute.
    let tokens: Int64
    /// The limit of each answer's output in tokens, if it is lower than the request's own; else nil.
    let outputLimit: Int64?

    /// A demand with its price and the minimum that it is admitted with.
    struct Request {
        let demand: RequestDemand
        let price: ModelPrice
        /// Whether its output may be limited to what the money left pays for.
        let mayClamp: Bool
        /// The fewest output tokens that it is admitted with; never more than it asks for.
        let leastOutput: Int64

        init(_ demand: RequestDemand, _ price: ModelPrice, shortage: ShortagePolicy, leastOutput: Int64) {
            self.demand = demand
            self.price = price
            mayClamp = demand.mayLimitOutput && shortage == .clamp
            self.leastOutput = min(
                max(leastOutput, demand.leastOutputTokens), demand.price.maxOutputTokens ?? price.maxOutputTokens)
        }

        /// The minimum amount that it is admitted with.
        var leastMoney: NanoUSD { price.bound(mayClamp ? limited(to: leastOutput) : demand.price) }

        /// The minimum number of tokens that it is admitted with.
        var leastTokens: Int64 { price.tokenBound(mayClamp ? limited(to: leastOutput) : demand.price) }

        func limited(to output: Int64) -> PriceDemand {
            var limited = demand.price
            limited.maxOutputTokens = output
            return limited
        }
    }

    /// Plans to hold the whole bound if it fits, else the bound of a lower output limit; nil if the request is not admitted with
    /// less.
    ///
    /// - Parameters:
    ///   - room: The amount that the payer can still hold.
    ///   - tokenRoom: The tokens left in the key's limit of tokens per minute; nil if there is none.
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
