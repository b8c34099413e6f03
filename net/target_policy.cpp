#include "net/target_policy.hpp"

#include <algorithm>

namespace dormouse::net {

namespace {

std::vector<cidr> parse_networks(const std::vector<std::string>& texts) {
    std::vector<cidr> out;
    for (const auto& text : texts) {
        auto network = cidr::parse(text);
        if (!network)
            throw base::failure{{base::errc::invalid_argument, "net.allow_private: " + network.error().detail}};
        out.push_back(*network);
    }
    return out;
}

// Names that mean this machine or its network whatever a resolver says.
bool is_internal_name(std::string_view host) {
    for (const std::string_view tail : {"localhost", "local", "internal"})
        if (host == tail || (host.ends_with(tail) && host[host.size() - tail.size() - 1] == '.')) return true;
    return host == "metadata" || host.starts_with("metadata.");
}

}  // namespace

target_policy::target_policy(const config::net_settings& settings, std::vector<boost::asio::ip::address> own)
    : allow_http_{settings.allow_http},
      ports_{settings.ports},
      addresses_{parse_networks(settings.allow_private), std::move(own)} {}

std::optional<std::string> target_policy::refuses(const url& u, trust t) const {
    if (t == trust::configured) return std::nullopt;
    if (!u.https && !allow_http_) return "plain http is not allowed (net.allow_http)";
    if (std::ranges::find(ports_, u.port) == ports_.end())
        return "port " + std::to_string(u.port) + " is not allowed (net.ports)";
    if (!u.address && is_internal_name(u.host)) return "'" + u.host + "' is an internal name";
    return std::nullopt;
}

target_policy::judged target_policy::judge(const std::vector<boost::asio::ip::tcp::endpoint>& endpoints,
                                           trust t) const {
    judged out;
    for (const auto& e : endpoints) {
        const auto why = t == trust::configured ? std::nullopt : addresses_.denied(e);
        if (!why) {
            out.good.emplace_back(unmapped(e.address()), e.port());
            continue;
        }
        if (!out.denied.empty()) out.denied += ", ";
        out.denied += e.address().to_string() + " (" + std::string{*why} + ")";
    }
    return out;
}

}  // namespace dormouse::net
