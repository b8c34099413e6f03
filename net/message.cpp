#include "net/message.hpp"

#include "net/message_text.hpp"

#include <gmime/gmime.h>

#include <memory>
#include <mutex>

namespace dormouse::net {

namespace {

struct unref {
    void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <class T>
using owned = std::unique_ptr<T, unref>;

base::error bad_header(std::string_view field, std::string_view why) {
    return {mail_errc::bad_header, std::string{field} + ": " + std::string{why}};
}

base::error of_field(std::string_view field, const base::error& e) {
    return {e.code, std::string{field} + ": " + e.detail};
}

/// Everything that was checked or derived before GMime sees it.
struct checked_mail {
    mailbox from, to;
    std::string reply_to, subject;
};

base::result<mailbox> check_mailbox(std::string_view field, const mailbox& box) {
    auto address = canonical_address(box.address);
    if (!address) return of_field(field, address.error());
    auto name = header_text(box.name);
    if (!name) return bad_header(field, name.error().detail);
    return mailbox{.name = *std::move(name), .address = *std::move(address)};
}

base::result<checked_mail> check(const mail& m) {
    auto from = check_mailbox("from", m.from);
    if (!from) return from.error();
    auto to = check_mailbox("to", m.to);
    if (!to) return to.error();
    auto subject = header_text(m.subject);
    if (!subject) return bad_header("subject", subject.error().detail);
    checked_mail out{.from = *std::move(from), .to = *std::move(to), .reply_to = {}, .subject = *std::move(subject)};
    if (!m.reply_to.empty()) {
        auto reply_to = canonical_address(m.reply_to);
        if (!reply_to) return of_field("reply_to", reply_to.error());
        out.reply_to = *std::move(reply_to);
    }
    if (!is_message_id(m.message_id)) return bad_header("message_id", "is not of the form unique@domain");
    if (!m.list_unsubscribe_url.empty() && !is_plain_https(m.list_unsubscribe_url))
        return bad_header("list_unsubscribe_url", "is not an https URL of at most 900 printable ASCII characters");
    return out;
}

// Values are written as they are: GMime would fold a long URL apart.
void put(GMimeMessage* message, const std::string& name, const std::string& value) {
    auto* headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
    g_mime_header_list_append(headers, name.c_str(), "", nullptr);
    auto* header = g_mime_header_list_get_header_at(headers, g_mime_header_list_get_count(headers) - 1);
    g_mime_header_set_raw_value(header, (" " + value + "\n").c_str());
}

void put_text(GMimeMessage* message, const std::string& name, std::string_view text) {
    put(message, name, unstructured(text, name.size() + 2));
}

void put_mailbox(GMimeMessage* message, const std::string& name, const mailbox& box) {
    put(message, name, mailbox_value(box.name, box.address, name.size() + 2));
}

base::result<void> put_headers(GMimeMessage* message, const mail& m, const checked_mail& c) {
    put_mailbox(message, "From", c.from);
    put_mailbox(message, "To", c.to);
    if (!c.reply_to.empty()) put(message, "Reply-To", c.reply_to);
    put_text(message, "Subject", c.subject);
    put(message, "Message-ID", "<" + m.message_id + ">");
    put(message, "Auto-Submitted", "auto-generated");
    if (!m.list_unsubscribe_url.empty()) {
        put(message, "List-Unsubscribe", "<" + m.list_unsubscribe_url + ">");
        put(message, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    }
    for (const auto& [name, raw] : m.headers) {
        if (!is_free_header_name(name)) return bad_header(name, "no name that a mail may add");
        const auto value = header_text(raw);
        if (!value) return bad_header(name, value.error().detail);
        put_text(message, name, *value);
    }
    put(message, "MIME-Version", "1.0");
    return {};
}

owned<GMimeObject> text_part(const char* subtype, std::string_view body) {
    const bool base64 = wants_base64(body);
    const auto text = base64 ? with_crlf(body) : std::string{body};
    owned<GMimePart> part{g_mime_part_new_with_type("text", subtype)};
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
    const owned<GMimeStream> bytes{g_mime_stream_mem_new_with_buffer(text.data(), text.size())};
    const owned<GMimeDataWrapper> content{
        g_mime_data_wrapper_new_with_stream(bytes.get(), GMIME_CONTENT_ENCODING_DEFAULT)};
    g_mime_part_set_content(part.get(), content.get());
    g_mime_part_set_content_encoding(part.get(),
                                     base64 ? GMIME_CONTENT_ENCODING_BASE64 : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    return owned<GMimeObject>{GMIME_OBJECT(part.release())};
}

owned<GMimeMultipart> alternatives(const mail& m) {
    const auto html = body_text(m.html);
    const auto text = m.text.empty() ? text_of_html(html) : body_text(m.text);
    owned<GMimeMultipart> both{g_mime_multipart_new_with_subtype("alternative")};
    // "=_" stands in neither quoted-printable nor base64, so that no body can hold the boundary.
    const std::unique_ptr<char, decltype(&g_free)> digest{
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, m.message_id.c_str(), -1), g_free};
    g_mime_multipart_set_boundary(both.get(), ("=_" + std::string{digest.get()}.substr(0, 32)).c_str());
    g_mime_multipart_add(both.get(), text_part("plain", text).get());
    g_mime_multipart_add(both.get(), text_part("html", html).get());
    return both;
}

std::string bytes_of(GMimeMessage* message) {
    const std::unique_ptr<GMimeFormatOptions, decltype(&g_mime_format_options_free)> format{g_mime_format_options_new(),
                                                                                            g_mime_format_options_free};
    g_mime_format_options_set_newline_format(format.get(), GMIME_NEWLINE_FORMAT_DOS);
    const owned<GMimeStream> out{g_mime_stream_mem_new()};
    g_mime_object_write_to_stream(GMIME_OBJECT(message), format.get(), out.get());
    const auto* array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
    return {reinterpret_cast<const char*>(array->data), array->len};
}

void initialise_gmime() {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
}

}  // namespace

base::result<std::string> build_message(const mail& m) {
    const auto checked = check(m);
    if (!checked) return checked.error();
    initialise_gmime();
    const owned<GMimeMessage> message{g_mime_message_new(FALSE)};
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> date{
        g_date_time_new_from_unix_utc(std::chrono::floor<std::chrono::seconds>(m.date).time_since_epoch().count()),
        g_date_time_unref};
    if (date == nullptr) return bad_header("date", "is before year 1 or behind year 9999");
    g_mime_message_set_date(message.get(), date.get());
    if (const auto put = put_headers(message.get(), m, *checked); !put) return put.error();
    g_mime_message_set_mime_part(message.get(), GMIME_OBJECT(alternatives(m).get()));
    return bytes_of(message.get());
}

}  // namespace dormouse::net
