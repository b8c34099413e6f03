#pragma once
// A site with levels, students and keys on a private MariaDB: the tables of WordPress, MemberLux and the certificates
// plugin as they really are (spec 1-domain, sections 1.3, 1.11 and 5.1), in either shape. What is said is kept until
// `load`, which tells the server all of it at once.

#include "tests/support/mariadb_server.hpp"

#include <cstdint>
#include <string>

namespace dormouse::test {

class sleeping_school {
public:
    struct shape {
        std::string prefix = "wp_";
        std::string users{};     ///< Full name; empty = prefix and `users`.
        std::string usermeta{};  ///< Full name; empty = prefix and `usermeta`.
        bool seed = false;       ///< DATETIME, upper-case states, no is_unlimited; certificates by `id`.
        std::string term_index = "memberlux_term_keys_term_id_idx";
    };

    /// Makes the tables.
    explicit sleeping_school(const mariadb_server& server) : sleeping_school{server, shape{}} {}
    sleeping_school(const mariadb_server& server, shape s);

    sleeping_school& level(std::int64_t id, std::int64_t parent = 0, const std::string& enabled = "1");
    sleeping_school& term_meta(std::int64_t level, const std::string& key, const std::string& value);
    sleeping_school& user(std::int64_t id);
    sleeping_school& user_meta(std::int64_t user, const std::string& key, const std::string& value);
    /// `columns` sets more of them: `is_banned = 1`.
    sleeping_school& key(std::int64_t user, std::int64_t level, const std::string& start, const std::string& end,
                         const std::string& columns = {});
    sleeping_school& certificate(std::int64_t user, std::int64_t level, const std::string& issued,
                                 const std::string& ledger = {});
    sleeping_school& sql(const std::string& statement);
    void load();

    [[nodiscard]] const std::string& prefix() const noexcept { return shape_.prefix; }
    [[nodiscard]] std::string keys() const { return "`" + shape_.prefix + "memberlux_term_keys`"; }

private:
    [[nodiscard]] std::string table(const std::string& name) const { return "`" + shape_.prefix + name + "`"; }
    void make_core_tables();
    void make_key_table();
    void make_certificate_tables();

    const mariadb_server& server_;
    shape shape_;
    std::string pending_;
    std::int64_t next_id_ = 1;
};

}  // namespace dormouse::test
