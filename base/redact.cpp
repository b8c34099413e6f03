#include "base/redact.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace dormouse::base {

namespace {

constexpr std::size_t shortest_secret = 4;
constexpr std::string_view blank = "***";
constexpr std::array<std::string_view, 8> telling_names{"authorization", "x-api-key", "x-wc-secret", "cookie",
                                                        "signature",     "token",     "password",    "secret"};

struct registry {
    std::shared_mutex mutex;
    std::vector<std::string> values;  // longest first, so that a secret inside another is not half blanked
};

registry& known() {
    static registry instance;
    return instance;
}

std::size_t find_ignoring_case(std::string_view text, std::string_view word, std::size_t from) noexcept {
    const auto hit = std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), word.begin(), word.end(),
                                 [](char a, char b) { return ascii_lower(a) == b; });
    return hit == text.end() ? std::string_view::npos : static_cast<std::size_t>(hit - text.begin());
}

void blank_known_secrets(std::string& text) {
    std::shared_lock lock{known().mutex};
    for (const auto& value : known().values) {
        for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at + blank.size()))
            text.replace(at, value.size(), blank);
    }
}

bool is_value_end(char c) noexcept { return c == '"' || c == '\'' || c == '&' || c == '\n' || c == '\r' || c == '}'; }

// `name: value`, `name=value`, `"name":"value"`: blank up to the end of the value.
void blank_after_name(std::string& text, std::string_view name) {
    for (auto at = find_ignoring_case(text, name, 0); at != std::string::npos;
         at = find_ignoring_case(text, name, at)) {
        auto i = at + name.size();
        if (i < text.size() && (text[i] == '"' || text[i] == '\'')) ++i;
        while (i < text.size() && text[i] == ' ') ++i;
        if (i >= text.size() || (text[i] != ':' && text[i] != '=')) {
            at += name.size();
            continue;
        }
        ++i;
        while (i < text.size() && (text[i] == ' ' || text[i] == '"' || text[i] == '\'')) ++i;
        auto end = i;
        while (end < text.size() && !is_value_end(text[end])) ++end;
        if (end > i) text.replace(i, end - i, blank);
        at = i;
    }
}

}  // namespace

void register_secret(std::string_view value) {
    if (value.size() < shortest_secret) return;
    std::unique_lock lock{known().mutex};
    auto& values = known().values;
    if (std::find(values.begin(), values.end(), value) != values.end()) return;
    const auto place =
        std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.size() < value.size(); });
    values.emplace(place, value);
}

std::string redact(std::string_view text) {
    std::string out{text};
    blank_known_secrets(out);
    for (const auto name : telling_names) blank_after_name(out, name);
    return out;
}

bool is_sensitive_name(std::string_view name) noexcept {
    return std::any_of(telling_names.begin(), telling_names.end(),
                       [&](auto word) { return find_ignoring_case(name, word, 0) != std::string_view::npos; });
}

std::string url_for_log(std::string_view url) {
    const auto scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return "(not a URL)";
    auto authority = url.substr(scheme_end + 3);
    const auto cut = authority.find_first_of("?#");
    if (cut != std::string_view::npos) authority = authority.substr(0, cut);
    const auto path_at = std::min(authority.find('/'), authority.size());
    auto host = authority.substr(0, path_at);
    if (const auto at = host.rfind('@'); at != std::string_view::npos) host = host.substr(at + 1);
    return redact(std::string{url.substr(0, scheme_end)} + "://" + std::string{host} +
                  std::string{authority.substr(path_at)});
}

}  // namespace dormouse::base
