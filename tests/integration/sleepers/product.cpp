#include "tests/integration/sleepers/product.hpp"

#include "site/connection.hpp"
#include "site/sleepers.hpp"
#include "site/tables.hpp"
#include "tests/support/run.hpp"

#include <fmt/format.h>

namespace dormouse::sleepers {

namespace {
config::database_settings settings_of(const test::mariadb_server& server, const known_site& s) {
    config::database_settings out;
    out.socket = server.socket();
    out.user = "root";
    out.prefix = s.prefix;
    out.users_table = s.users;
    out.usermeta_table = s.usermeta;
    out.connections = 1;
    return out;
}

std::string words(const verdict& v) {
    return v.sleeps() ? fmt::format("sleeper since {}, {} days", v.lapse, v.days) : v.rule;
}

bool agree(const verdict& known, const verdict& found) {
    if (known.sleeps() || found.sleeps())
        return known.sleeps() == found.sleeps() && known.lapse == found.lapse && known.days == found.days;
    return known.rule == "awake" || known.rule == found.rule;
}
}  // namespace

product::product(const test::mariadb_server& server, const known_site& s, site::sleeper_options o)
    : pool_{settings_of(server, s)}, options_{o}, as_of_{site::parse_day(s.as_of).value()} {}

verdict product::of(const person_on_level& who) {
    auto facts = test::run_on(
        io_, pool_.run([who, t = tables_of(pool_)](site::connection& c) -> base::result<site::sleeper_facts> {
            return site::read_sleeper_facts(c, t, who.second, who.first);
        }));
    const auto found = site::judge(facts.value(), options_, as_of_);
    return {std::string{name_of(found.decided_by)}, found.lapse, found.days};
}

std::string first_difference(const known_site& s, product& p) {
    for (const auto& [who, known] : s.known) {
        const auto found = p.of(who);
        if (!agree(known, found))
            return fmt::format("seed {}, tables {}*, as of {}, level {}, user {}: {}, but by its rows {}. {}", s.seed,
                               s.prefix, s.as_of, who.first, who.second, words(known), words(found), known.why);
    }
    return {};
}

}  // namespace dormouse::sleepers
