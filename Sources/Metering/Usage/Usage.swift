/// The usage of a request: a quantity for each ``Dimension``, in the dimension's unit.
///
/// Tokens of text and pictures are stored in place, so that usual requests allocate nothing. All others stand in a list
/// that is usually empty.
public struct Usage: Hashable, Sendable {
    /// A quantity of one dimension.
    public struct Quantity: Hashable, Sendable {
        /// What is counted.
        public var dimension: Dimension
        /// How much, in the dimension's unit.
        public var amount: Int64

        /// Creates a quantity.
        public init(dimension: Dimension, amount: Int64) {
            self.dimension = dimension
            self.amount = amount
        }
    }

    /// See ``Dimension/input``.
    public var input: Int64
    /// See ``Dimension/output``.
    public var output: Int64
    /// See ``Dimension/cacheRead``.
    public var cacheRead: Int64
    /// See ``Dimension/cacheWrite5m``.
    public var cacheWrite5m: Int64
    /// See ``Dimension/cacheWrite1h``.
    public var cacheWrite1h: Int64
    /// See ``Dimension/pictures``.
    public var pictures: Int64
    /// Quantities of all other dimensions: none of them zero, in the order of the dimensions' numbers.
    public private(set) var others: [Quantity] = []

    /// Creates a usage of text and pictures.
    public init(
        input: Int64 = 0, output: Int64 = 0, cacheRead: Int64 = 0, cacheWrite5m: Int64 = 0, cacheWrite1h: Int64 = 0,
        pictures: Int64 = 0
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite5m = cacheWrite5m
        self.cacheWrite1h = cacheWrite1h
        self.pictures = pictures
    }

    /// Nothing used.
    public static let zero = Usage()

    /// The quantity of a dimension; zero if there is none.
    public subscript(dimension: Dimension) -> Int64 {
        get {
            switch dimension {
            case .input: input
            case .output: output
            case .cacheRead: cacheRead
            case .cacheWrite5m: cacheWrite5m
            case .cacheWrite1h: cacheWrite1h
            case .pictures: pictures
            default: others.first { $0.dimension == dimension }?.amount ?? 0
            }
        }
        set {
            switch dimension {
            case .input: input = newValue
            case .output: output = newValue
            case .cacheRead: cacheRead = newValue
            case .cacheWrite5m: cacheWrite5m = newValue
            case .cacheWrite1h: cacheWrite1h = newValue
            case .pictures: pictures = newValue
            default: setOther(dimension, newValue)
            }
        }
    }

    private mutating func setOther(_ dimension: Dimension, _ amount: Int64) {
        let place = others.firstIndex { $0.dimension.rawValue >= dimension.rawValue } ?? others.endIndex
        if place < others.endIndex, others[place].dimension == dimension { others.remove(at: place) }
        if amount != 0 { others.insert(Quantity(dimension: dimension, amount: amount), at: place) }
    }

    /// All quantities that are not zero, in the order of the dimensions' numbers.
    public var quantities: [Quantity] {
        Dimension.allCases.compactMap { self[$0] == 0 ? nil : Quantity(dimension: $0, amount: self[$0]) }
    }

    /// The sum of both kinds of cache writes.
    public var cacheWrite: Int64 { cacheWrite5m + cacheWrite1h }

    /// All tokens that the model read.
    public var allInput: Int64 { input + cacheRead + cacheWrite + self[.inputAudio] + self[.inputImage] }

    /// All tokens that the model wrote.
    public var allOutput: Int64 { output + self[.outputAudio] + self[.outputImage] }
}

extension [Usage.Quantity] {
    /// Adds a quantity to that of its dimension. The list stays in the order of the dimensions' numbers.
    public mutating func add(_ quantity: Usage.Quantity) {
        let place = firstIndex { $0.dimension.rawValue >= quantity.dimension.rawValue } ?? endIndex
        if place < endIndex, self[place].dimension == quantity.dimension {
            self[place].amount += quantity.amount
        } else {
            insert(quantity, at: place)
        }
    }
}
