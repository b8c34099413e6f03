#pragma once
// The kinds this program can run. A new kind is one line in `make_registry` (house law 4).

#include "config/settings.hpp"
#include "jobs/handler.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::net {
class http_client;
}
namespace dormouse::site {
class charges;
class deliveries;
class hooks;
class pool;
class subscriptions;
}  // namespace dormouse::site

namespace dormouse::jobs {

/// What kinds reach the world and the site with. Owned by the composition (cli); outlives the registry.
struct services {
    net::http_client& http;
    site::hooks& hooks;
    site::deliveries& deliveries;
    const config::settings& settings;
    site::charges& charges;
    site::subscriptions& subscriptions;
    site::pool& pool;  ///< For a kind that keeps its own tables.
};

/// Handlers by kind name. Filled at start, then only read; handlers are used on the event loop.
class registry {
public:
    /// Throws std::logic_error if the kind is there already: two handlers for one kind is a fault of the program.
    void add(std::unique_ptr<handler> h);

    /// The kind's handler, or null for an unknown kind.
    [[nodiscard]] handler* find(std::string_view kind) const noexcept;

    /// Names in alphabetical order.
    [[nodiscard]] std::vector<std::string> kinds() const;

private:
    std::map<std::string, std::unique_ptr<handler>, std::less<>> handlers_;
};

[[nodiscard]] registry make_registry(const services& s);

}  // namespace dormouse::jobs
