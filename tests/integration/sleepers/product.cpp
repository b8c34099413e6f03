#include "tests/integration/sleepers/product.hpp"

#include "scheduler/sleepers/scan.hpp"
#include "site/connection.hpp"
#include "site/sleepers.hpp"
#include "site/tables.hpp"
#include "tests/support/run.hpp"

#include <fmt/format.h>

#include <stdexcept>

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

bool same_sleep(const verdict& known, const verdict& found) {
    if (!known.sleeps() || !found.sleeps()) return known.sleeps() == found.sleeps();
    return known.lapse == found.lapse && known.days == found.days;
}

bool agree(const verdict& known, const verdict& found) {
    return same_sleep(known, found) && (known.rule == "awake" || known.rule == found.rule);
}

std::string differ(const known_site& s, const person_on_level& who, const verdict& known, const std::string& how,
                   const verdict& found) {
    return fmt::format("seed {}, tables {}*, as of {}, level {}, user {}: {}, but by {} {}. {}", s.seed, s.prefix,
                       s.as_of, who.first, who.second, words(known), how, words(found), known.why);
}
}  // namespace

product::product(const test::mariadb_server& server, const known_site& s)
    : pool_{settings_of(server, s)}, settings_{s.settings}, as_of_{site::parse_day(s.as_of).value()} {
    settings_.page = 3;
}

verdict product::of(const person_on_level& who) {
    auto facts = test::run_on(
        io_, pool_.run([who, t = tables_of(pool_)](site::connection& c) -> base::result<site::sleeper_facts> {
            return site::read_sleeper_facts(c, t, who.second, who.first);
        }));
    const auto found = site::judge(facts.value(), site::options_of(settings_), as_of_);
    return {std::string{name_of(found.decided_by)}, found.lapse, found.days};
}

verdicts product::sleepers() {
    verdicts out;
    const scheduler::sleepers_scan::reader read = [&out](const std::vector<site::sleeper_row>& rows) {
        for (const auto& r : rows) out[{r.term_id, r.user_id}] = {"sleeper", site::to_text(r.lapse), r.days};
    };
    scheduler::sleepers_scan scan{pool_, settings_, base::system_clock()};
    const auto done = test::run_on(io_, scan.look(as_of_, {}, read, {})).value();
    if (done.counts.sleepers != static_cast<std::int64_t>(out.size()))
        throw std::runtime_error{fmt::format("{} sleepers counted, {} told", done.counts.sleepers, out.size())};
    return out;
}

std::string first_difference(const known_site& s, product& p) {
    const verdict awake{"awake", {}, 0};
    auto scanned = p.sleepers();
    for (const auto& [who, known] : s.known) {
        if (const auto found = p.of(who); !agree(known, found)) return differ(s, who, known, "its rows", found);
        const auto node = scanned.extract(who);
        const auto& found = node ? node.mapped() : awake;
        if (!same_sleep(known, found)) return differ(s, who, known, "the scan", found);
    }
    if (scanned.empty()) return {};
    return differ(s, scanned.begin()->first, awake, "the scan", scanned.begin()->second);
}

}  // namespace dormouse::sleepers
