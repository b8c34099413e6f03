#pragma once
// What the product says of the sites that the tests know the answers of.

#include "site/days.hpp"
#include "site/pool.hpp"
#include "tests/integration/sleepers/sites.hpp"

#include <boost/asio/io_context.hpp>

#include <string>

namespace dormouse::sleepers {

/// One site as the product sees it, through the rooms' own doors.
class product {
public:
    product(const test::mariadb_server& server, const known_site& s);

    /// By the rows of one person, as `explain` and the check before a letter go.
    [[nodiscard]] verdict of(const person_on_level& who);

    /// All sleepers of the site, as the nightly scan finds them, a few people at a time.
    [[nodiscard]] verdicts sleepers();

private:
    boost::asio::io_context io_;
    site::pool pool_;
    config::sleepers_settings settings_;
    site::day as_of_;
};

/// The first person whom one of the two sees otherwise, in words; empty if there is none.
[[nodiscard]] std::string first_difference(const known_site& s, product& p);

}  // namespace dormouse::sleepers
