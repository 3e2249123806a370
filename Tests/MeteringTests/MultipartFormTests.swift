import Testing

@testable import Metering

@Suite struct MultipartFormTests {
    private func read(_ body: String, boundary: String = "b") -> [String]? {
        let bytes = Array(body.utf8)
        guard let form = try? MultipartForm(bytes.span, boundary: Array(boundary.utf8)) else { return nil }
        return form.parts.map { part in
            "\(part.name)\(part.isFile ? "!" : "")=" + String(decoding: bytes[part.content], as: UTF8.self)
        }
    }

    private func part(_ disposition: String, _ content: String = "x") -> String {
        "--b\r\nContent-Disposition: \(disposition)\r\n\r\n\(content)\r\n"
    }

    @Test func `fields and files are read in their order`() {
        let body =
            part(#"form-data; name="model""#, "m")
            + part(#"form-data; name="file"; filename="a;b.mp3""#, "\r\n-\r\n--\n")
            + "--b\r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION:form-data;name=n\r\n\r\n\r\n--b--\r\n"
        #expect(read(body) == ["model=m", "file!=\r\n-\r\n--\n", "n="])
        #expect(read(String(body.dropLast(1))) == ["model=m", "file!=\r\n-\r\n--\n", "n="])
        #expect(read("--b--") == [])
    }

    @Test(arguments: [
        #"form-data; name="a"; filename*=utf-8''x"#, #"form-data ;name="a";filename="C:\x.png""#,
        #"FORM-DATA; NAME="a"; FILENAME="%22""#,
    ])
    func `a file has a file name, however that is written`(disposition: String) {
        #expect(read(part(disposition) + "--b--") == ["a!=x"])
    }

    @Test(arguments: [
        "form-data", "form-data; name=", #"form-data; name="""#, #"form-data; name="a"; name="b""#,
        #"form-data; name="a\"b""#, #"form-data; name="a%22""#, #"form-data; name*=utf-8''a"#, #"attachment; name="a""#,
        #"form-data; name="a"; filename="x\""#, #"form-data; name="a"; other="x""#, #"form-data; name="a" x"#,
        #"form-data; name="a""# + "\r\nContent-Disposition: form-data; name=b",
        #"form-data; name="a""# + "\r\nContent-Transfer-Encoding: base64",
        #"form-data; name="a";"# + "\r\n filename=x", "form-data; name=\"a\"\nX: y", "form-data; name=\"a\u{0}\"",
    ])
    func `what programs read differently is refused`(disposition: String) {
        #expect(read(part(disposition) + "--b--") == nil)
    }

    @Test func `broken forms are refused`() {
        let whole = part("form-data; name=a") + "--b--"
        #expect(read(whole) == ["a=x"])
        let bytes = Array(whole.utf8)
        for count in bytes.indices { #expect(read(String(decoding: bytes.prefix(count), as: UTF8.self)) == nil) }
        for body in [
            "preamble\r\n" + whole, whole + "epilogue", whole.replacing("\r\n", with: "\n"), "--b \r\n--b--",
            part("form-data; name=a", "y\n--b") + "--b--", part("form-data; name=a", "y\r\n--bc") + "--b--",
            "--b\r\n\r\nx\r\n--b--",
        ] { #expect(read(body) == nil, "\(body)") }
    }

    @Test func `a form has a bounded number of parts, and its headers a bounded size`() {
        let many = String(repeating: part("form-data; name=a"), count: MultipartForm.maximumParts)
        #expect(read(many + "--b--")?.count == MultipartForm.maximumParts)
        #expect(read(many + part("form-data; name=a") + "--b--") == nil)
        let long = String(repeating: "x", count: MultipartForm.maximumHeader)
        #expect(read(part("form-data; name=a\r\nX: " + long) + "--b--") == nil)
    }

    @Test(
        arguments: [
            ("multipart/form-data; boundary=abc", "abc"),
            ("Multipart/Form-Data;charset=utf-8; Boundary=\"a-b'c\"", "a-b'c"),
            ("multipart/form-data", nil), ("multipart/mixed; boundary=abc", nil),
            ("multipart/form-data; boundary=", nil),
            ("multipart/form-data; boundary=a; boundary=b", nil), ("multipart/form-data; boundary=\"a b\"", nil),
            ("multipart/form-data; boundary=" + String(repeating: "x", count: 71), nil), ("application/json", nil),
        ] as [(String, String?)])
    func `the boundary is read from the content type`(contentType: String, boundary: String?) {
        let found = MultipartForm.boundary(contentType: contentType).map { String(decoding: $0, as: UTF8.self) }
        #expect(found == boundary)
    }
}

@Suite struct FormFactsTests {
    private func facts(
        _ operation: Operation, _ fields: [(String, String)], files: [(String, Int)] = []
    ) throws(RequestFault) -> RequestFacts {
        var body = ""
        for (name, value) in fields {
            body += "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        for (name, size) in files {
            body += "--b\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"f\"\r\n\r\n"
            body += String(repeating: "x", count: size) + "\r\n"
        }
        return try RequestFacts(
            scanning: Array((body + "--b--\r\n").utf8).span, for: operation,
            contentType: "multipart/form-data; boundary=b")
    }

    @Test func `audio is bounded by the length of its file`() throws {
        let facts = try facts(
            .transcriptions, [("model", "m"), ("prompt", "abc"), ("stream", "true")], files: [("file", 12_000)])
        #expect(facts.model == "m" && facts.isStreamed && facts.input.textBytes == 8)
        #expect(facts.input.audioBytes == 16_000 && facts.quantities[.audioTime] == 100_000)
        #expect(try !self.facts(.translations, [("model", "m"), ("stream", "true")]).isStreamed)
    }

    @Test func `images are counted, and the pictures that are asked for`() throws {
        let fields = [("model", "m"), ("n", "3"), ("size", "1024x1024"), ("quality", "high")]
        let facts = try facts(.imageEdits, fields, files: [("image[]", 10), ("image[]", 10), ("mask", 10)])
        #expect(facts.input.images == 3 && facts.choices == 3 && facts.input.textBytes == 15)
        #expect(facts.pictureForm?.text == "1024x1024/high")
        #expect(try self.facts(.imageVariations, [("model", "m")], files: [("image", 1)]).choices == 1)
    }

    @Test(
        arguments: [
            ([], "model"), ([("model", "")], "model"), ([("model", "a"), ("model", "b")], "model"),
            ([("model", "m"), ("n", "0")], "n"), ([("model", "m"), ("n", "x")], "n"),
            ([("model", "m"), ("stream", "yes")], "stream"),
        ] as [([(String, String)], String)])
    func `a field that is wrong is named`(fields: [(String, String)], name: String) {
        #expect(#expect(throws: RequestFault.self) { try facts(.imageEdits, fields) }?.field == name)
    }

    @Test func `a model that is sent as a file is refused`() {
        #expect(
            #expect(throws: RequestFault.self) { try facts(.imageEdits, [], files: [("model", 1)]) }?.field == "model")
    }

    @Test func `what is not a form is refused`() {
        let body = Array(#"{"model":"m"}"#.utf8)
        for contentType in [nil, "application/json", "multipart/form-data"] {
            #expect(throws: RequestFault.notAForm) {
                try RequestFacts(scanning: body.span, for: .imageEdits, contentType: contentType)
            }
        }
    }

    @Test func `speech is bounded by its characters`() throws {
        let body = Array(#"{"model":"m","input":"h\u00e9llo 👋","voice":"x","stream_format":"sse"}"#.utf8)
        let facts = try RequestFacts(scanning: body.span, for: .speech)
        #expect(facts.quantities[.characters] == 7 && facts.isStreamed)
        #expect(facts.requirements.map(\.field) == ["model"])
        let fault = #expect(throws: RequestFault.self) {
            try RequestFacts(scanning: Array(#"{"model":"m","input":7}"#.utf8).span, for: .speech)
        }
        #expect(fault?.field == "input")
    }

    @Test func `a stream of bytes is passed on as it comes`() {
        var meter = StreamMeter(operation: .speech, dropUsageEvent: false, counting: .unlimited, isRaw: true)
        let bytes: [UInt8] = [0, 0x0A, 0x0A, 0xFF]
        #expect(meter.examine(bytes.span) == StreamExamination(consumed: 4, cuts: []))
        #expect(meter.usage == nil && meter.textBytes == 4 && meter.hasFinished && !meter.hasEnded)
    }
}
