import Accounts
import Admission
import HTTPTypes
import Ledger

/// The branding of an account's customer page: the account changes it, its clients read it.
struct BrandRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader

    private static let longestName = 60
    private static let longestLink = 500
    /// Maximum length of a picture's `data:` URL, in characters.
    private static let longestLogo = 48_000

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/brand", .accountKey, read), ControlRoute(.put, "/brand", .accountKey, write),
            ControlRoute(.get, "/sub-key/brand", .clientKey, read),
        ]
    }

    private func read(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        return Self.describe(try await ledger.brand(of: request.accountID))
    }

    /// Replaces all of the branding; a field that is missing is removed.
    private func write(_ request: ControlRequest) async throws -> JSON {
        var fields = try JSONFields(request.body)
        var brand = Brand()
        brand.name = try Self.text(&fields, "name", maximum: Self.longestName)
        brand.logo = try Self.text(&fields, "logo", maximum: Self.longestLogo)
        brand.colour = try Self.text(&fields, "colour", maximum: 7)
        brand.contact = try Self.text(&fields, "contact", maximum: Self.longestLink)
        brand.topUp = try Self.text(&fields, "topUp", maximum: Self.longestLink)
        brand.language =
            try fields.nullable("language") { (fields, name) throws(ControlError) in
                try fields.choice(name, of: Brand.Language.allCases.map { ($0.tag, $0) })
            } ?? nil
        try fields.finish()
        if let logo = brand.logo, !Self.isPicture(logo) {
            throw ControlError.invalid("logo", "a data: URL of a PNG, JPEG, WebP or SVG picture in base64")
        }
        if let colour = brand.colour, !Self.isColour(colour) {
            throw ControlError.invalid("colour", "a colour like #0b6e4f")
        }
        for (name, link) in [("contact", brand.contact), ("topUp", brand.topUp)] {
            guard let link else { continue }
            guard Self.isLink(link) else {
                throw ControlError.invalid(name, "a link that begins with https:// or mailto:")
            }
        }
        try await admission.preferences.setBrand(brand, of: try request.accountID, by: request.actor)
        return Self.describe(brand)
    }

    private static func text(
        _ fields: inout JSONFields, _ name: String, maximum: Int
    ) throws(ControlError) -> String? {
        let text = try fields.nullable(name) { (fields, name) throws(ControlError) in
            try fields.text(name, maximum: maximum)
        }
        guard text != .some("") else { throw .invalid(name, "null, or a string that is not empty") }
        return text ?? nil
    }

    private static func isPicture(_ text: String) -> Bool {
        let kinds = ["png", "jpeg", "webp", "svg+xml"].map { "data:image/\($0);base64," }
        guard let kind = kinds.first(where: { text.hasPrefix($0) }) else { return false }
        let data = text.utf8.dropFirst(kind.utf8.count)
        return !data.isEmpty
            && data.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                    true
                default: false
                }
            }
    }

    private static func isColour(_ text: String) -> Bool {
        text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    private static func isLink(_ text: String) -> Bool {
        (text.hasPrefix("https://") && text.utf8.count > 8 || text.hasPrefix("mailto:") && text.utf8.count > 7)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func describe(_ brand: Brand) -> JSON {
        .object([
            ("name", .optional(brand.name, JSON.string)), ("logo", .optional(brand.logo, JSON.string)),
            ("colour", .optional(brand.colour, JSON.string)), ("contact", .optional(brand.contact, JSON.string)),
            ("topUp", .optional(brand.topUp, JSON.string)),
            ("language", .optional(brand.language) { .string($0.tag) }),
        ])
    }
}
