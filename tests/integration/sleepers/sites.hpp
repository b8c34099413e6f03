#pragma once
// Sites with people of whom it is known who sleeps, made by the programs of tests/sleepers in a real MariaDB.

#include "config/settings.hpp"
#include "tests/support/mariadb_server.hpp"
#include "tests/support/process.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dormouse::sleepers {

/// What is known of one person on one level.
struct verdict {
    std::string
        rule;  ///< That decided, in the words of tests/sleepers/reference.py; or `awake`, without a name for why.
    std::string lapse;  ///< YYYY-MM-DD; empty when there is none.
    std::int64_t days = 0;
    std::string why{};  ///< For people.

    [[nodiscard]] bool sleeps() const { return rule == "sleeper"; }
};

using person_on_level = std::pair<std::int64_t, std::int64_t>;  ///< Level, user.
using verdicts = std::map<person_on_level, verdict>;

struct known_site {
    std::string seed;    ///< Whatever its maker can make it again from.
    std::string prefix;  ///< Of its tables.
    std::string users;   ///< Full names.
    std::string usermeta;
    std::string as_of;  ///< YYYY-MM-DD, UTC.
    config::sleepers_settings settings;
    verdicts known;
};

/// The sites that stand in the tables at the same time, one per shape.
struct round {
    std::string sql;  ///< File of the statements that put them there.
    std::vector<known_site> sites;
};

/// A server with the tables of every shape, and rounds of sites for them.
class sites {
public:
    /// Runs tests/sleepers/`maker` with `words` more. Throws with what it printed when it fails.
    explicit sites(const std::string& maker, std::vector<std::string> words = {}, test::mariadb_server::options o = {});

    [[nodiscard]] const test::mariadb_server& server() const noexcept { return server_; }
    [[nodiscard]] const std::vector<round>& rounds() const noexcept { return rounds_; }
    /// Puts the sites of a round into the tables, in the place of those before.
    void put(const round& r) const;

private:
    test::mariadb_server server_;
    test::temp_dir folder_;
    std::vector<round> rounds_;
};

}  // namespace dormouse::sleepers
