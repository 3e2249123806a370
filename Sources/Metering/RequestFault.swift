/// The reason why a request's body is refused.
public enum RequestFault: Error, Hashable, Sendable {
    /// It is not JSON; the offset is that of the first invalid byte.
    case malformed(offset: Int)
    /// It is not UTF-8; the offset is that of the first byte of the faulty sequence.
    case notUTF8(offset: Int)
    /// It is JSON, but not an object.
    case notAnObject
    /// It is not `multipart/form-data`.
    case notAForm
    /// It is not a form, or one that programs read differently; the offset is that of the part where that shows.
    case malformedForm(offset: Int)
    /// A required field is missing.
    case missing(String)
    /// A field has a value that it cannot have.
    case invalid(String, accepted: String)
    /// A field that decides about the price occurs twice: upstreams and gateways could read different ones.
    case duplicate(String)

    /// For people; safe for the client.
    public var message: String {
        switch self {
        case .malformed(let offset): "The request's body is not valid JSON (at byte \(offset))."
        case .notUTF8(let offset): "The request's body is not valid UTF-8 (at byte \(offset))."
        case .notAnObject: "The request's body must be a JSON object."
        case .notAForm: "The request's body must be multipart/form-data with one boundary."
        case .malformedForm(let offset): "The request's body is not valid multipart/form-data (at byte \(offset))."
        case .missing(let field): "Missing required parameter: '\(field)'."
        case .invalid(let field, let accepted): "Invalid '\(field)': expected \(accepted)."
        case .duplicate(let field): "Duplicate parameter: '\(field)'."
        }
    }

    /// The field that is wrong.
    public var field: String? {
        switch self {
        case .malformed, .notUTF8, .notAnObject, .notAForm, .malformedForm: nil
        case .missing(let field), .invalid(let field, _), .duplicate(let field): field
        }
    }
}
