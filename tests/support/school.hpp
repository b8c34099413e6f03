#pragma once
// The tables of a WordPress site with MemberLux, as far as letters look at them, filled with sleepers. One level, 7,
// with all its letters; access of every student ended `lapsed_days` ago.

#include "tests/support/mariadb_server.hpp"

#include <cstdint>
#include <string>

namespace dormouse::test {

class school {
public:
    static constexpr int level = 7;
    static constexpr int lapsed_days = 10;

    /// Makes the tables. `db` must outlive this.
    explicit school(const mariadb_server& db);

    /// Students `first` … `first + count - 1`: user-<id>@pupils.example, called `Student <id>`.
    void add_sleepers(std::int64_t first, std::int64_t count = 1) const;

    /// Rows of the ledger for these students, `planned`, due now; ids equal the students' where the ledger was empty
    /// of them. `dormouse migrate` must have been there.
    void plan(std::int64_t first, std::int64_t count = 1, const std::string& stage = "1") const;

    /// Columns of the ledger's row `id`, parted by tabs.
    [[nodiscard]] std::string row(std::int64_t id, const std::string& columns = "state") const;

    /// Replaces a term meta of the level.
    void set_meta(const std::string& key, const std::string& value) const;

private:
    const mariadb_server& db_;
};

}  // namespace dormouse::test
