#pragma once
// May a request go there? Joins what a URL says, where it comes from, and what the operator allows
// (spec 3-jobs B0.7). Decides before any look-up, and again for every address that the look-up gave.

#include "base/error.hpp"
#include "config/settings.hpp"
#include "net/address_policy.hpp"
#include "net/http_client.hpp"
#include "net/url.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dormouse::net {

class target_policy {
public:
    /// Throws base::failure (errc::invalid_argument) if an entry of `allow_private` is no network.
    explicit target_policy(const config::net_settings& settings, std::vector<boost::asio::ip::address> own = {});

    /// Why this URL is refused, before anything is looked up; nothing when it may be. Configured targets may be all.
    [[nodiscard]] std::optional<std::string> refuses(const url& u, trust t) const;

    struct judged {
        std::vector<boost::asio::ip::tcp::endpoint> good;
        std::string denied;  ///< The bad ones with their reasons, for people.
    };
    /// Sorts out the addresses a name resolved to, in their order. Configured targets keep all.
    [[nodiscard]] judged judge(const std::vector<boost::asio::ip::tcp::endpoint>& endpoints, trust t) const;

    void forbid(const boost::asio::ip::tcp::endpoint& listener) { addresses_.forbid(listener); }

private:
    bool allow_http_;
    std::vector<std::uint16_t> ports_;
    address_policy addresses_;
};

}  // namespace dormouse::net
