#include "site/options.hpp"

#include "site/connection.hpp"
#include "site/pool.hpp"

#include <stdexcept>

namespace dormouse::site {

namespace {

using values = std::map<std::string, std::string>;
constexpr std::size_t most_names = 32;

}  // namespace

base::awaitable<base::result<values>> options::read(std::vector<std::string> names, base::deadline limit) {
    if (names.empty()) co_return values{};
    if (names.size() > most_names) throw std::logic_error{"too many options asked for at once"};
    co_return co_await pool_.run(
        [table = pool_.table("options"), names = std::move(names)](connection& c) -> base::result<values> {
            std::string sql = "SELECT option_name, option_value FROM `" + table + "` WHERE option_name IN (?";
            for (std::size_t i = 1; i < names.size(); ++i) sql += ", ?";
            sql += ")";
            const std::vector<sql_value> wanted{names.begin(), names.end()};
            values out;
            for (const auto& r : c.query(sql, wanted)) out[r.text(0)] = r.text(1);
            return out;
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
