#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The system's randomness, fetched for many numbers at once: one call of the system for each number costs more than
/// the identifier that is made of it.
public struct EntropyPool: RandomNumberGenerator, Sendable {
    /// Numbers fetched at once: 256 bytes is the most that the system gives in one call.
    private static let count = 32

    private var numbers: [UInt64] = []

    /// Creates an empty pool.
    public init() {}

    public mutating func next() -> UInt64 {
        if let number = numbers.popLast() { return number }
        var fetched = [UInt64](repeating: 0, count: Self.count)
        let isFilled = fetched.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) == 0 }
        guard isFilled, let number = fetched.popLast() else {
            var system = SystemRandomNumberGenerator()
            return system.next()
        }
        numbers = fetched
        return number
    }
}
