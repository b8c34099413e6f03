#pragma once
// What other sessions hold, for tests that wait until it is so.

#include "tests/support/mariadb_server.hpp"

#include <string>

namespace dormouse::test {

/// How many open transactions meet `condition`, over the columns of information_schema.INNODB_TRX. Takes 150 ms: the
/// server shows that table anew only when nobody has asked for 100 ms, so whoever asks without a rest sees the first
/// answer for ever.
[[nodiscard]] inline int open_transactions(const mariadb_server& server, const std::string& condition) {
    return std::stoi(
        server.sql("DO SLEEP(0.15); SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE " + condition));
}

}  // namespace dormouse::test
