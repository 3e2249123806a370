import Foundation

/// A plain-text table with aligned columns.
struct Table {
    var columns: [String]
    var rows: [[String]] = []

    /// Creates a table with a row for each JSON object and a column for each of the named members.
    init(_ objects: [[String: Any]], columns: [String]) {
        self.columns = columns
        rows = objects.map { object in columns.map { Table.text(object[$0]) } }
    }

    var text: String {
        let widths = columns.indices.map { index in
            ([columns[index]] + rows.map { $0[index] }).map(\.count).max() ?? 0
        }
        return ([columns] + rows).map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
                .trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }

    static func text(_ value: Any?) -> String {
        switch value {
        case let string as String: string
        case let number as NSNumber: NSDecimalNumber(decimal: number.decimalValue).stringValue
        case nil, is NSNull: "-"
        case let other?: "\(other)"
        }
    }
}
