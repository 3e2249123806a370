import Metering

/// The bound of a request's input tokens by kind, each kind at the highest rate that it can be charged at.
struct InputBound {
    /// Bound of all tokens, at most the model's context.
    let tokens: Int64
    private let text: Int64
    private let images: Int64
    private let audio: Int64
    private let mayWriteCache: Bool
    /// The answer may count images apart from text.
    private let countsImagesApart: Bool
    /// The input may be of any kind: the request names what only the upstream has.
    private let isOpenEnded: Bool

    init(_ demand: PriceDemand, _ price: ModelPrice) {
        let input = demand.input
        var tools: Int64 = 0
        for tool in demand.hostedTools {
            tools += price.toolBounds.uses(of: tool) * price.toolBounds[tool.kind].tokens
        }
        text = input.textBoundTokens.adding(tools)
        images = input.images.multiplied(by: price.imageTokens)
        audio = input.audioBoundTokens
        mayWriteCache = demand.mayWriteCache
        countsImagesApart = input.countsImagesApart
        isOpenEnded = input.isOpenEnded
        tokens = isOpenEnded ? price.contextTokens : min(text.adding(images).adding(audio), price.contextTokens)
    }

    /// Returns the exact cost bound, in millionths of a nano-USD.
    func exact(_ rates: TokenRates) -> Int128 {
        guard !isOpenEnded, text.adding(images).adding(audio) <= tokens else {
            return highestRate(rates).exact(tokens)
        }
        let rate = rates.highestInputRate(mayWriteCache: mayWriteCache)
        var exact = rate.exact(text)
        if images > 0 { exact += imageRate(rates).exact(images) }
        if audio > 0 { exact += audioRate(rates).exact(audio) }
        return exact
    }

    /// Returns the highest rate that any of the tokens can be charged at.
    func highestRate(_ rates: TokenRates) -> Rate {
        var highest = rates.highestInputRate(mayWriteCache: mayWriteCache)
        if images > 0 || isOpenEnded { highest = max(highest, imageRate(rates)) }
        if audio > 0 || isOpenEnded { highest = max(highest, audioRate(rates)) }
        return highest
    }

    private func imageRate(_ rates: TokenRates) -> Rate {
        let text = rates.highestInputRate(mayWriteCache: mayWriteCache)
        return countsImagesApart ? max(text, rates.inputImage ?? rates.highestInput) : text
    }

    private func audioRate(_ rates: TokenRates) -> Rate {
        max(rates.highestInputRate(mayWriteCache: mayWriteCache), rates.inputAudio ?? rates.highestInput)
    }
}
