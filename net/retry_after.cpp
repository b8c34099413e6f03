#include "net/retry_after.hpp"

#include <locale.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>

namespace dormouse::net {

namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

locale_t c_locale() {
    static const locale_t instance = newlocale(LC_ALL_MASK, "C", nullptr);
    return instance;
}

// strptime forgives a lot (spaces, days that do not exist, wrong weekdays); a date counts only if it prints the same.
std::optional<base::time_ms> parse_form(const std::string& text, const char* form) {
    tm fields{};
    const char* const end = strptime_l(text.c_str(), form, &fields, c_locale());
    if (end == nullptr || *end != '\0') return std::nullopt;
    const time_t seconds = timegm(&fields);
    if (gmtime_r(&seconds, &fields) == nullptr) return std::nullopt;
    std::array<char, 64> printed{};
    const auto size = strftime_l(printed.data(), printed.size(), form, &fields, c_locale());
    if (std::string_view{printed.data(), size} != text) return std::nullopt;
    return base::time_ms{std::chrono::seconds{seconds}};
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<base::time_ms> parse_http_date(std::string_view raw) {
    const std::string text{trimmed(raw)};
    if (text.size() > 40) return std::nullopt;
    constexpr std::array forms{"%a, %d %b %Y %H:%M:%S GMT",  // IMF-fixdate
                               "%A, %d-%b-%y %H:%M:%S GMT",  // RFC 850
                               "%a %b %e %H:%M:%S %Y"};      // asctime
    for (const auto* form : forms)
        if (auto t = parse_form(text, form)) return t;
    return std::nullopt;
}

std::optional<base::ms> parse_retry_after(std::string_view value, std::string_view date, base::time_ms now) {
    value = trimmed(value);
    if (all_digits(value)) {
        if (value.size() > 10) return longest_retry_after;
        std::int64_t seconds = 0;
        std::from_chars(value.data(), value.data() + value.size(), seconds);
        return base::ms{std::chrono::seconds{seconds}};
    }
    const auto at = parse_http_date(value);
    if (!at) return std::nullopt;
    const auto theirs = parse_http_date(date);
    const bool believable = theirs && std::chrono::abs(*theirs - now) < longest_retry_after;
    return std::max(base::ms::zero(), *at - (believable ? *theirs : now));
}

base::ms obey_retry_after(base::ms planned, std::optional<base::ms> asked, base::ms left, base::random_source& random) {
    const auto bounded = [&](base::ms d) { return std::clamp(d, base::ms::zero(), std::max(left, base::ms::zero())); };
    if (!asked) return bounded(planned);
    const auto wanted = std::max(planned, std::min(*asked, longest_retry_after));
    return bounded(base::ms{static_cast<std::int64_t>(static_cast<double>(wanted.count()) * random.uniform(1.0, 1.1))});
}

}  // namespace dormouse::net
