#include "site/sleepers.hpp"

#include "site/certificates.hpp"
#include "site/connection.hpp"
#include "site/level_letters.hpp"
#include "site/pool.hpp"
#include "site/site_users.hpp"
#include "site/sleeper_keys.hpp"

#include <array>
#include <utility>

namespace dormouse::site {

sleeper_facts read_sleeper_facts(connection& c, const tables& t, std::int64_t user_id, std::int64_t term_id) {
    const auto level = read_level(c, t, term_id, level_detail::rules);
    auto person = read_user(c, t, user_id);
    sleeper_facts out;
    out.user_id = user_id;
    out.term_id = term_id;
    out.level_exists = level.exists;
    out.level_enabled = level.enabled;
    out.level_issues_itself = level.issues_certificates_itself();
    out.ancestors = level.ancestors;
    out.certificates = read_certificates(c, t, user_id, term_id);
    out.user_exists = person.exists;
    out.user_status = std::move(person.status);
    auto wanted = level.ancestors;
    wanted.push_back(term_id);
    auto keys = read_keys(c, find_key_table(c, t), std::array{user_id}, wanted);
    for (auto& key : keys[user_id]) (key.term_id == term_id ? out.keys : out.ancestor_keys).push_back(std::move(key));
    return out;
}

base::awaitable<base::result<sleeper_facts>> read_facts(pool& p, std::int64_t user_id, std::int64_t term_id,
                                                        base::deadline limit) {
    co_return co_await p.run(
        [t = tables_of(p), user_id, term_id](connection& c) -> base::result<sleeper_facts> {
            transaction whole{c};
            return read_sleeper_facts(c, t, user_id, term_id);
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
