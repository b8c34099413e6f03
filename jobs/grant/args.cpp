#include "jobs/grant/args.hpp"

#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "jobs/read_member.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace dormouse::jobs::grant {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_email = 254;
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_name = 400;  // 100 characters of four bytes
constexpr std::size_t longest_id = 100;
constexpr std::size_t longest_source = 50;
constexpr std::size_t hash_in_limit = 32;
constexpr std::int64_t longest_duration = 36'500;
constexpr auto own_source = "dormouse";

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Only what no address can be; the site judges the rest.
bool is_email(std::string_view text) noexcept {
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || at > longest_local_part || at + 1 == text.size()) return false;
    return text.size() <= longest_email && text.find('@', at + 1) == std::string_view::npos &&
           std::ranges::none_of(text, [](char c) { return is_control(c) || c == ' '; });
}

bool is_name(std::string_view text) noexcept {
    return text.size() <= longest_name && std::ranges::none_of(text, is_control);
}

bool is_external_id(std::string_view text) noexcept {
    constexpr std::string_view marks = "_.:@-";
    return !text.empty() && text.size() <= longest_id && std::ranges::all_of(text, [&](char c) {
        return is_alphanumeric(c) || marks.find(c) != std::string_view::npos;
    });
}

bool is_source(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_source && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

// The same grant in other words (case of the address, `month` for `months`) is the same; the plugin's helper makes the
// same hash.
std::string id_by_content(const grant_args& a) {
    const json::object what{{"email", base::ascii_lower(a.email)},
                            {"term_id", a.term_id},
                            {"duration", a.duration},
                            {"units", a.units.substr(0, a.units.size() - 1)},
                            {"is_unlimited", a.unlimited}};
    return "sha256:" + base::sha256_hex(json::serialize(what));
}

base::result<void> read_person(const json::object& args, grant_args& out) {
    out.email = text_of(args, "email");
    if (!is_email(out.email)) return wrong_member("email", "the person's address, such as anna@example.com");
    for (auto [member, target] : {std::pair{"first_name", &out.first_name}, std::pair{"last_name", &out.last_name}}) {
        *target = text_of(args, member);
        const auto* value = args.if_contains(member);
        const bool other = value != nullptr && !value->is_string() && !value->is_null();
        if (other || !is_name(*target)) return wrong_member(member, "a text of at most 400 bytes without controls");
    }
    return {};
}

base::result<void> read_extent(const json::object& args, grant_args& out) {
    const auto* unlimited = args.if_contains("is_unlimited");
    if (unlimited != nullptr && !unlimited->is_null() && !unlimited->is_bool())
        return wrong_member("is_unlimited", "true or false");
    out.unlimited = unlimited != nullptr && unlimited->is_bool() && unlimited->get_bool();
    const auto duration = whole_of(args, "duration");
    if (args.contains("duration") || !out.unlimited) {
        if (!duration || *duration < (out.unlimited ? 0 : 1) || *duration > longest_duration)
            return wrong_member("duration", "a whole number from 1 to 36500, or is_unlimited: true");
        out.duration = *duration;
    }
    const auto units = text_of(args, "units");
    const bool given = args.contains("units");
    if (units == "day" || units == "days")
        out.units = "days";
    else if (units == "month" || units == "months" || (!given && out.unlimited))
        out.units = "months";
    else
        return wrong_member("units", "day, days, month or months; a year is 12 months");
    return {};
}

base::result<void> read_origin(const json::object& args, grant_args& out) {
    out.source = args.contains("source") ? text_of(args, "source") : own_source;
    if (!is_source(out.source)) return wrong_member("source", "1 to 50 characters of a-z, 0-9 and _");
    const auto via = text_of(args, "via");
    if (args.contains("via") && via != "bridge" && via != "order") return wrong_member("via", "bridge or order");
    if (!via.empty()) out.via = via == "order" ? config::grant_api::order : config::grant_api::bridge;
    out.external_id = args.contains("external_id") ? std::string{text_of(args, "external_id")} : id_by_content(out);
    if (!is_external_id(out.external_id))
        return wrong_member("external_id", "1 to 100 characters of A-Z, a-z, 0-9 and _ . : @ -");
    return {};
}

}  // namespace

base::result<grant_args> read_args(const json::object& args) {
    grant_args out;
    if (auto ok = read_person(args, out); !ok) return base::fail(std::move(ok));
    out.term_id = whole_of(args, "term_id").value_or(0);
    if (out.term_id <= 0) return wrong_member("term_id", "the id of a level, a whole number above 0");
    if (auto ok = read_extent(args, out); !ok) return base::fail(std::move(ok));
    if (auto ok = read_origin(args, out); !ok) return base::fail(std::move(ok));
    return out;
}

std::vector<queue::limit> limits_of(const json::object& args, int running) {
    const auto read = read_args(args);
    if (!read) return {};
    return {
        {.name = "grant", .most = running},
        {.name = "grant:email:" + base::sha256_hex(base::ascii_lower(read->email)).substr(0, hash_in_limit), .most = 1},
        {.name = "grant:id:" + read->external_id, .most = 1}};
}

}  // namespace dormouse::jobs::grant
