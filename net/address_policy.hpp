#pragma once
// Which addresses a target from the database may resolve to (spec 3-jobs B0.7 step 9). Every address is judged right
// before a connection to it, so that a name that changes its mind (DNS rebinding) gains nothing.

#include "base/error.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::net {

/// A network: `10.0.0.0/8`, `fd00::/8`, or a single address. Host bits are ignored.
class cidr {
public:
    /// errc::invalid_argument, naming the text.
    [[nodiscard]] static base::result<cidr> parse(std::string_view text);
    /// False for addresses of the other family; an IPv4-mapped IPv6 address counts as IPv6 here.
    [[nodiscard]] bool contains(const boost::asio::ip::address& a) const noexcept;

private:
    std::array<std::uint8_t, 16> bytes_{};
    unsigned bits_ = 0;
    bool v6_ = false;
};

/// Thread-compatible; pure but for `own_addresses`.
class address_policy {
public:
    /// `allow` wins over everything but `forbid`.
    explicit address_policy(std::vector<cidr> allow = {}, std::vector<boost::asio::ip::address> own = {});

    /// This program's own listener: denied even inside an allowed network. An unspecified address means all own ones.
    void forbid(const boost::asio::ip::tcp::endpoint& listener);

    /// Why a connection to this endpoint is denied; nothing when it is allowed. IPv4-mapped addresses are judged by
    /// the address inside.
    [[nodiscard]] std::optional<std::string_view> denied(const boost::asio::ip::tcp::endpoint& e) const;

private:
    std::vector<cidr> allow_;
    std::vector<boost::asio::ip::address> own_;
    std::vector<boost::asio::ip::tcp::endpoint> forbidden_;
};

/// The addresses of this machine's interfaces, as of now. errc::io_error if the system does not tell.
[[nodiscard]] base::result<std::vector<boost::asio::ip::address>> own_addresses();

/// The inner address of an IPv4-mapped one; any other address as it is.
[[nodiscard]] boost::asio::ip::address unmapped(const boost::asio::ip::address& a);

}  // namespace dormouse::net
