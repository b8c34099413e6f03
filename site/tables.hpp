#pragma once
// Full names of the site's own tables that we read, out of the configuration: the blog's tables carry its prefix, the
// two user tables belong to the network and may be named otherwise (spec 1-domain, section 5.2; section 8, trap 16).

#include <string>

namespace dormouse::site {

class pool;
class table_shapes;

struct tables {
    std::string keys;          ///< `{prefix}memberlux_term_keys`
    std::string certificates;  ///< `{prefix}memberlux_certificate`
    std::string ledger;        ///< `{prefix}dormouse_certificate`, the companion plugin's; may be missing.
    std::string terms;
    std::string taxonomy;
    std::string termmeta;
    std::string users;
    std::string usermeta;
    table_shapes* shapes = nullptr;  ///< Of the pool, which must outlive this; thread-safe.
};

[[nodiscard]] tables tables_of(pool& p);

}  // namespace dormouse::site
