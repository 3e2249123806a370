#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A generator that buffers random numbers of the operating system: a system call for each number would cost more than
/// creating the identifier that uses it.
public struct EntropyPool: RandomNumberGenerator, Sendable {
    /// Numbers per system call: `getentropy` returns at most 256 bytes.
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
