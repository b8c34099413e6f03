#include "jobs/webhook_delivery/args.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <limits>

namespace dormouse::jobs::webhook_delivery {

namespace json = boost::json;
using base::errc;
using base::error;

namespace {

constexpr std::size_t deepest_payload = 128;

// Only the grammar matters here: nothing is kept.
struct grammar_only {
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    using code = json::error_code;
    using text = json::string_view;
    bool on_document_begin(code&) { return true; }
    bool on_document_end(code&) { return true; }
    bool on_object_begin(code&) { return true; }
    bool on_object_end(std::size_t, code&) { return true; }
    bool on_array_begin(code&) { return true; }
    bool on_array_end(std::size_t, code&) { return true; }
    bool on_key_part(text, std::size_t, code&) { return true; }
    bool on_key(text, std::size_t, code&) { return true; }
    bool on_string_part(text, std::size_t, code&) { return true; }
    bool on_string(text, std::size_t, code&) { return true; }
    bool on_number_part(text, code&) { return true; }
    bool on_int64(std::int64_t, text, code&) { return true; }
    bool on_uint64(std::uint64_t, text, code&) { return true; }
    bool on_double(double, text, code&) { return true; }
    bool on_bool(bool, code&) { return true; }
    bool on_null(code&) { return true; }
    bool on_comment_part(text, code&) { return true; }
    bool on_comment(text, code&) { return true; }
};

error wrong(std::string what) { return {errc::invalid_argument, "webhook-delivery: " + std::move(what)}; }

std::int64_t positive(const json::value& v) noexcept {
    if (const auto* n = v.if_int64()) return std::max<std::int64_t>(*n, 0);
    const auto* text = v.if_string();
    if (text == nullptr || text->empty()) return 0;
    std::int64_t n = 0;
    const auto* const end = text->data() + text->size();
    const auto [stop, code] = std::from_chars(text->data(), end, n);
    return code == std::errc{} && stop == end ? std::max<std::int64_t>(n, 0) : 0;
}

bool travels_in_a_header(std::string_view event) noexcept {
    if (event.empty() || event.size() > longest_event || event.front() == ' ' || event.back() == ' ') return false;
    return std::all_of(event.begin(), event.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

base::result<std::string> body_of(const json::value& payload) {
    if (payload.is_object() || payload.is_array()) return json::serialize(payload);
    const auto* text = payload.if_string();
    if (text == nullptr) return wrong("payload must be an object, an array, or a string that holds JSON text");
    if (text->size() <= largest_payload) {
        if (auto checked = check_json(*text); !checked) return base::fail(std::move(checked));
    }
    return std::string{*text};
}

}  // namespace

std::int64_t hook_id_of(const json::object& args) noexcept {
    const auto* id = args.if_contains("hook_id");
    return id == nullptr ? 0 : positive(*id);
}

base::result<void> check_json(std::string_view text) {
    json::parse_options strict;
    strict.max_depth = deepest_payload;
    json::basic_parser<grammar_only> parser{strict};
    json::error_code code;
    const auto used = parser.write_some(false, text.data(), text.size(), code);
    if (!code && used < text.size()) code = json::error::extra_data;
    if (code) return wrong("payload is not JSON: " + code.message() + " near byte " + std::to_string(used));
    return {};
}

base::result<delivery_args> read_args(const json::object& args) {
    delivery_args out;
    out.hook_id = hook_id_of(args);
    if (out.hook_id == 0) return wrong("hook_id must be a whole number above 0, as a number or a decimal string");

    const auto* event = args.if_contains("event");
    if (event == nullptr || !event->is_string() || !travels_in_a_header(event->get_string()))
        return wrong("event must be a string of 1 to 100 printable ASCII characters");
    out.event = event->get_string();

    const auto* payload = args.if_contains("payload");
    if (payload == nullptr) return wrong("payload is missing");
    auto body = body_of(*payload);
    if (!body) return base::fail(std::move(body));
    if (body->size() > largest_payload)
        return error{errc::too_large, "webhook-delivery: payload is " + std::to_string(body->size()) +
                                          " bytes; at most " + std::to_string(largest_payload) + " are sent"};
    out.body = std::move(*body);
    return out;
}

}  // namespace dormouse::jobs::webhook_delivery
