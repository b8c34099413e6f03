#pragma once
// Options of the WordPress site, `{prefix}options`.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <map>
#include <string>
#include <vector>

namespace dormouse::site {

class pool;

class options {
public:
    /// `p` must outlive this.
    explicit options(pool& p) : pool_{p} {}

    /// Those of the names that are set; at most 32 names. errc::denied is a missing GRANT, errc::not_found a missing
    /// table, which may be a site in the middle of a restore.
    [[nodiscard]] base::awaitable<base::result<std::map<std::string, std::string>>> read(std::vector<std::string> names,
                                                                                         base::deadline limit = {});

private:
    pool& pool_;
};

}  // namespace dormouse::site
