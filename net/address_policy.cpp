#include "net/address_policy.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace dormouse::net {

namespace {

namespace ip = boost::asio::ip;

struct denied_network {
    const char* network;
    std::string_view why;
};

// The union of the tables of Svix, safeurl and smokescreen. IPv4-mapped addresses are unwrapped before.
constexpr std::array denied_networks{
    denied_network{"0.0.0.0/8", "this network"},
    denied_network{"10.0.0.0/8", "private network"},
    denied_network{"100.64.0.0/10", "carrier-grade NAT"},
    denied_network{"127.0.0.0/8", "loopback"},
    denied_network{"169.254.0.0/16", "link-local"},
    denied_network{"172.16.0.0/12", "private network"},
    denied_network{"192.0.0.0/24", "protocol assignments"},
    denied_network{"192.0.2.0/24", "documentation"},
    denied_network{"192.88.99.0/24", "6to4 relay"},
    denied_network{"192.168.0.0/16", "private network"},
    denied_network{"198.18.0.0/15", "benchmarking"},
    denied_network{"198.51.100.0/24", "documentation"},
    denied_network{"203.0.113.0/24", "documentation"},
    denied_network{"224.0.0.0/4", "multicast"},
    denied_network{"240.0.0.0/4", "reserved"},
    denied_network{"::1/128", "loopback"},
    denied_network{"::/96", "unspecified or IPv4-compatible"},
    denied_network{"64:ff9b::/96", "NAT64"},
    denied_network{"64:ff9b:1::/48", "NAT64"},
    denied_network{"100::/64", "discard-only"},
    denied_network{"2001::/23", "protocol assignments (Teredo)"},
    denied_network{"2001:db8::/32", "documentation"},
    denied_network{"2002::/16", "6to4"},
    denied_network{"3fff::/20", "documentation"},
    denied_network{"5f00::/16", "segment routing"},
    denied_network{"fc00::/7", "private network"},
    denied_network{"fe80::/10", "link-local"},
    denied_network{"ff00::/8", "multicast"},
};

struct parsed_network {
    cidr network;
    std::string_view why;
};

const std::vector<parsed_network>& deny_table() {
    static const auto table = [] {
        std::vector<parsed_network> out;
        out.reserve(denied_networks.size());
        for (const auto& [network, why] : denied_networks) out.push_back({cidr::parse(network).value(), why});
        return out;
    }();
    return table;
}

}  // namespace

base::result<cidr> cidr::parse(std::string_view text) {
    const auto bad = [&] {
        return base::error{base::errc::invalid_argument,
                           "'" + std::string{text} + "' is not a network: write it like 10.0.0.0/8 or fd00::/8"};
    };
    cidr out;
    boost::system::error_code code;
    out.v6_ = text.find(':') != std::string_view::npos;
    std::string full{text};
    if (text.find('/') == std::string_view::npos) full += out.v6_ ? "/128" : "/32";
    if (out.v6_) {
        const auto network = ip::make_network_v6(full, code);
        if (code || full.find('%') != std::string::npos) return bad();
        std::ranges::copy(network.address().to_bytes(), out.bytes_.begin());
        out.bits_ = network.prefix_length();
    } else {
        const auto network = ip::make_network_v4(full, code);
        if (code) return bad();
        std::ranges::copy(network.address().to_bytes(), out.bytes_.begin());
        out.bits_ = network.prefix_length();
    }
    return out;
}

bool cidr::contains(const ip::address& a) const noexcept {
    if (a.is_v6() != v6_) return false;
    std::array<std::uint8_t, 16> bytes{};
    if (v6_)
        std::ranges::copy(a.to_v6().to_bytes(), bytes.begin());
    else
        std::ranges::copy(a.to_v4().to_bytes(), bytes.begin());
    const auto whole = bits_ / 8;
    if (!std::equal(bytes.begin(), bytes.begin() + whole, bytes_.begin())) return false;
    const auto rest = bits_ % 8;
    if (rest == 0) return true;
    const auto mask = 0xFFU << (8 - rest);
    return ((static_cast<unsigned>(bytes[whole]) ^ static_cast<unsigned>(bytes_[whole])) & mask) == 0;
}

ip::address unmapped(const ip::address& a) {
    if (a.is_v6() && a.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, a.to_v6());
    return a;
}

address_policy::address_policy(std::vector<cidr> allow, std::vector<ip::address> own)
    : allow_{std::move(allow)}, own_{std::move(own)} {}

void address_policy::forbid(const ip::tcp::endpoint& listener) { forbidden_.push_back(listener); }

std::optional<std::string_view> address_policy::denied(const ip::tcp::endpoint& e) const {
    const auto a = unmapped(e.address());
    const bool own = a.is_loopback() || std::ranges::find(own_, a) != own_.end();
    for (const auto& listener : forbidden_)
        if (listener.port() == e.port() && (listener.address() == a || (listener.address().is_unspecified() && own)))
            return "this program's own listener";
    if (std::ranges::any_of(allow_, [&](const auto& network) { return network.contains(a); })) return std::nullopt;
    for (const auto& [network, why] : deny_table())
        if (network.contains(a)) return why;
    if (own) return "this machine's own address";
    return std::nullopt;
}

base::result<std::vector<ip::address>> own_addresses() {
    ifaddrs* raw = nullptr;
    if (getifaddrs(&raw) != 0)
        return base::error{base::errc::io_error, "getifaddrs: " + std::generic_category().message(errno)};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list{raw, freeifaddrs};
    std::vector<ip::address> out;
    for (const auto* i = list.get(); i != nullptr; i = i->ifa_next) {
        if (i->ifa_addr == nullptr) continue;
        if (i->ifa_addr->sa_family == AF_INET) {
            sockaddr_in v4{};
            std::memcpy(&v4, i->ifa_addr, sizeof v4);
            out.emplace_back(ip::address_v4{ntohl(v4.sin_addr.s_addr)});
        } else if (i->ifa_addr->sa_family == AF_INET6) {
            sockaddr_in6 v6{};
            std::memcpy(&v6, i->ifa_addr, sizeof v6);
            ip::address_v6::bytes_type bytes{};
            std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
            out.emplace_back(ip::address_v6{bytes});
        }
    }
    return out;
}

}  // namespace dormouse::net
