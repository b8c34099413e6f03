#include "site/tables.hpp"

#include "site/pool.hpp"

namespace dormouse::site {

tables tables_of(pool& p) {
    const auto& named = p.settings();
    return {.keys = p.table("memberlux_term_keys"),
            .certificates = p.table("memberlux_certificate"),
            .ledger = p.table("dormouse_certificate"),
            .terms = p.table("terms"),
            .taxonomy = p.table("term_taxonomy"),
            .termmeta = p.table("termmeta"),
            .users = named.users_table.empty() ? p.table("users") : named.users_table,
            .usermeta = named.usermeta_table.empty() ? p.table("usermeta") : named.usermeta_table,
            .shapes = &p.shapes()};
}

}  // namespace dormouse::site
