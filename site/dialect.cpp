#include "site/dialect.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <tuple>

namespace dormouse::site {

namespace {
/// `major.minor[.patch]` at the start of `text`; whatever follows is ignored.
std::optional<std::array<int, 3>> leading_version(std::string_view text) {
    std::array<int, 3> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (i > 0) {
            if (!text.starts_with('.')) return i == 2 ? std::optional{numbers} : std::nullopt;
            text.remove_prefix(1);
        }
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
        if (failed != std::errc{}) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    return numbers;
}

bool contains_mariadb(std::string_view version) {
    return base::ascii_lower(version).find("mariadb") != std::string::npos;
}
}  // namespace

bool dialect::at_least(int want_major, int want_minor, int want_patch) const noexcept {
    return std::tie(major, minor, patch) >= std::tie(want_major, want_minor, want_patch);
}

bool dialect::skips_locked() const noexcept {
    return family == server_family::mariadb ? at_least(10, 6) : at_least(8, 0, 1);
}

std::string dialect::name() const {
    return std::string{family == server_family::mariadb ? "MariaDB " : "MySQL "} + std::to_string(major) + "." +
           std::to_string(minor) + "." + std::to_string(patch);
}

base::result<dialect> dialect_of(std::string_view version) {
    const bool mariadb = contains_mariadb(version);
    constexpr std::string_view replication_prefix = "5.5.5-";
    auto rest = version;
    if (mariadb && rest.starts_with(replication_prefix)) rest.remove_prefix(replication_prefix.size());
    const auto numbers = leading_version(rest);
    if (!numbers)
        return base::error{base::errc::protocol, "the database says its version is '" + std::string{version} + "'"};
    return dialect{mariadb ? server_family::mariadb : server_family::mysql, (*numbers)[0], (*numbers)[1],
                   (*numbers)[2]};
}

int whole_seconds(base::ms d) noexcept {
    using std::chrono::seconds;
    const auto most = seconds{std::numeric_limits<int>::max()};
    return static_cast<int>(std::clamp(std::chrono::ceil<seconds>(d), seconds{1}, most).count());
}

std::vector<std::string> session_setup(base::ms statement_timeout) {
    return {
        "SET SESSION time_zone = '+00:00', "
        "sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
        "innodb_lock_wait_timeout = " +
        std::to_string(whole_seconds(statement_timeout))};
}

std::string limit_statements(const dialect& d, base::ms limit) {
    const auto ms = std::max<std::int64_t>(limit.count(), 1);
    if (d.family == server_family::mysql) return "SET SESSION max_execution_time = " + std::to_string(ms);
    auto fraction = std::to_string(ms % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    return "SET SESSION max_statement_time = " + std::to_string(ms / 1000) + "." + fraction;
}

}  // namespace dormouse::site
