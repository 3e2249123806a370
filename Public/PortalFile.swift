/// A file of the portal: static, embedded in the executable or made from what is, and the same for everyone.
public struct PortalFile: Sendable {
    /// Where it is served.
    public let path: String
    /// Its `Content-Type`.
    public let contentType: String
    /// Its content.
    public let bytes: [UInt8]
    /// Its `ETag`: changes when the content does.
    public let tag: String

    private init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.bytes = bytes
        // FNV-1a: a name for the content, not a protection.
        let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        tag = "\"" + String(hash, radix: 16) + "\""
    }

    private static func script(_ path: String, _ bytes: [UInt8]) -> PortalFile {
        PortalFile(path, "text/javascript; charset=utf-8", bytes)
    }

    /// Nothing is loaded from anywhere else, nothing is inline but pictures, nobody may frame it.
    public static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// Every file of the portal.
    public static let all: [PortalFile] = [
        PortalFile("/", "text/html; charset=utf-8", PackageResources.index_html),
        PortalFile("/portal.css", "text/css; charset=utf-8", PackageResources.portal_css),
        PortalFile("/admin", "text/html; charset=utf-8", PackageResources.admin_html),
        .script("/admin-accounts.js", PackageResources.admin_accounts_js),
        .script("/admin-audit.js", PackageResources.admin_audit_js),
        .script("/admin-deposits.js", PackageResources.admin_deposits_js),
        .script("/admin-interrupted.js", PackageResources.admin_interrupted_js),
        .script("/admin-prices.js", PackageResources.admin_prices_js),
        .script("/admin-system.js", PackageResources.admin_system_js),
        .script("/admin.js", PackageResources.admin_js),
        PortalFile("/console", "text/html; charset=utf-8", PackageResources.console_html),
        .script("/console-alerts.js", PackageResources.console_alerts_js),
        .script("/console-balance.js", PackageResources.console_balance_js),
        .script("/console-client-keys.js", PackageResources.console_client_keys_js),
        .script("/console-deposits.js", PackageResources.console_deposits_js),
        .script("/console-earnings.js", PackageResources.console_earnings_js),
        .script("/console-handover.js", PackageResources.console_handover_js),
        .script("/console-key-editor.js", PackageResources.console_key_editor_js),
        .script("/console-key-rules.js", PackageResources.console_key_rules_js),
        .script("/console-keys.js", PackageResources.console_keys_js),
        .script("/console-log.js", PackageResources.console_log_js),
        .script("/console-look.js", PackageResources.console_look_js),
        .script("/console-management-keys.js", PackageResources.console_management_keys_js),
        .script("/console-margin.js", PackageResources.console_margin_js),
        .script("/console-new-keys.js", PackageResources.console_new_keys_js),
        .script("/console-vouchers.js", PackageResources.console_vouchers_js),
        .script("/console.js", PackageResources.console_js),
        .script("/customer-redeem.js", PackageResources.customer_redeem_js),
        .script("/customer.js", PackageResources.customer_js),
        .script("/log.js", PackageResources.log_js),
        .script("/page.js", PackageResources.page_js),
        .script("/snippets.js", PackageResources.snippets_js),
        .script("/texts-console.js", PackageResources.texts_console_js),
        .script("/texts-admin.js", PackageResources.texts_admin_js),
        .script("/texts.js", PackageResources.texts_js),
        .script("/ui.js", PackageResources.ui_js),
        .script("/views.js", PackageResources.views_js),
        PortalFile("/docs", "text/html; charset=utf-8", reference),
        PortalFile("/docs.css", "text/css; charset=utf-8", PackageResources.docs_css),
        PortalFile("/openapi.yaml", "application/yaml; charset=utf-8", PackageResources.openapi_yaml),
    ]

    /// The description as a page.
    private static let reference: [UInt8] = {
        let description = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        return Array((ReferencePage(description: description)?.html ?? "").utf8)
    }()
}
