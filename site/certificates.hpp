#pragma once
// Certificates, told apart by how they came about: by hand, or by the certificates plugin itself (spec 4-scheduler,
// rule 4; 1-domain, section 1.11 and section 8, traps 10 to 12). Functions of the caller's connection; they throw as
// it does. A site without the plugin has no certificates.

#include "site/days.hpp"
#include "site/level_letters.hpp"
#include "site/sleeper_rules.hpp"
#include "site/tables.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace dormouse::site {

class connection;

/// Those of one user and level, by id, each with what the ledger says.
[[nodiscard]] std::vector<certificate_row> read_certificates(connection& c, const tables& t, std::int64_t user_id,
                                                             std::int64_t term_id);

/// Who has one by hand, for all levels at once: the table has no index to ask it for one. 24 bytes each.
class certificates_by_hand {
public:
    struct holder {
        std::int64_t term_id = 0;
        std::int64_t user_id = 0;
        day newest;  ///< The latest day that any of them was issued or made; `always` if one has neither day.

        friend bool operator==(const holder&, const holder&) = default;
    };
    static constexpr day always = day::max();

    certificates_by_hand() = default;
    /// In any order, with repetitions.
    explicit certificates_by_hand(std::vector<holder> all);

    /// Null if the user has none for the level.
    [[nodiscard]] const holder* find(std::int64_t term_id, std::int64_t user_id) const;
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

private:
    std::vector<holder> all_;  ///< Ascending by level and user, each once.
};

/// Reads the table once, in pages of its primary key, and keeps what the levels need.
[[nodiscard]] certificates_by_hand read_certificates_by_hand(connection& c, const tables& t,
                                                             std::span<const level_settings> levels, bool use_ledger);

}  // namespace dormouse::site
