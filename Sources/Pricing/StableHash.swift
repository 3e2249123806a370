import Metering
import Money

/// An FNV-1a hash, which is the same in every process, unlike `Hasher`.
struct StableHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The hash without its sign bit; never zero.
    var value: Int64 { max(1, Int64(state & 0x7FFF_FFFF_FFFF_FFFF)) }

    /// Adds a name and all numbers of its price.
    ///
    /// What differs from a plain price is added with a number of its own, so that cards without it keep their hash.
    mutating func add(_ name: String, _ price: ModelPrice) {
        for byte in name.utf8 { add(byte) }
        add(0)
        let fixed = [
            price.perRequest.nanos, price.perImage.nanos, price.contextTokens, price.maxOutputTokens, price.imageTokens,
        ]
        add(fixed + RateSchedule(sorted: price.rates, price.tiers).plainNumbers)
        addDifferences(of: price, to: ModelPrice(model: name, rates: price.rates, contextTokens: 0, maxOutputTokens: 0))
    }

    private mutating func addDifferences(of price: ModelPrice, to plain: ModelPrice) {
        let audioAndImages = RateSchedule(sorted: price.rates, price.tiers).otherNumbers
        if audioAndImages.contains(where: { $0 >= 0 }) { add([1] + audioAndImages) }
        if price.tierScope != plain.tierScope { add([2]) }
        if price.services != plain.services {
            for service in price.services { add([3] + service.numbers) }
            add([3, -1])
        }
        if price.defaultTier != plain.defaultTier { add([4, Int64(price.defaultTier.rawValue)]) }
        if price.residency != plain.residency { add([5, price.residency.millionths]) }
        if price.toolBounds != plain.toolBounds {
            add([6] + HostedTool.Kind.allCases.flatMap { [price.toolBounds[$0].uses, price.toolBounds[$0].tokens] })
        }
        if let reasoning = price.reasoning { add([7, reasoning == .within ? 0 : 1]) }
        let units = price.units
        let calls = [units.webSearch, units.fileSearch, units.codeInterpreter]
        if calls != [plain.units.webSearch, plain.units.fileSearch, plain.units.codeInterpreter] {
            add([8] + calls.map(\.nanos))
        }
        if let second = units.audioSecond { add([9, second.nanos]) }
        if let characters = units.characters { add([10, characters.nanoUSDPerMillionTokens]) }
        for picture in units.pictures {
            add([11, picture.price.nanos])
            for byte in picture.form.text.utf8 { add(byte) }
            add(0)
        }
    }

    private mutating func add(_ numbers: [Int64]) {
        for number in numbers {
            for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> Int64(shift))) }
        }
    }

    private mutating func add(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}

extension RateSchedule {
    private var all: [(above: Int64, rates: TokenRates)] { [(-1, rates)] + tiers.map { ($0.above, $0.rates) } }

    /// The thresholds and the rates of text.
    fileprivate var plainNumbers: [Int64] {
        all.flatMap { above, rates in
            [above]
                + [rates.input, rates.output, rates.cacheRead, rates.cacheWrite5m, rates.cacheWrite1h]
                .map(\.nanoUSDPerMillionTokens)
        }
    }

    /// The rates of audio and images; -1 for those that do not exist.
    fileprivate var otherNumbers: [Int64] {
        all.flatMap { _, rates in
            [rates.inputAudio, rates.outputAudio, rates.inputImage, rates.outputImage]
                .map { $0?.nanoUSDPerMillionTokens ?? -1 }
        }
    }
}

extension ServicePrice {
    fileprivate var numbers: [Int64] {
        let number: Int64 =
            switch service {
            case .tier(let tier): Int64(tier.rawValue)
            case .fast: -2
            }
        return switch terms {
        case .factor(let factor): [number, factor.millionths]
        case .rates(let schedule): [number, -1] + schedule.plainNumbers + schedule.otherNumbers
        }
    }
}
