#pragma once
// Doubles of services that cannot be had (tests/doubles): real HTTP servers that keep their contract and fail on
// demand.

#include "tests/support/process.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::test {

/// One request as a double read it; recorded before it is answered.
struct double_request {
    std::string method;
    std::string path;
    std::map<std::string, std::string, std::less<>> headers;  ///< Names in small letters.
    std::string body;
};

/// A running script of tests/doubles; every call throws if the double does not answer.
class service_double {
public:
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// One fault for the next requests, see `Fault` in tests/doubles/double.py: `fail({{"drop", "after_commit"}})`.
    void fail(const boost::json::object& fault);
    /// Forgets faults and requests.
    void reset();
    /// Everything received so far, in order.
    [[nodiscard]] std::vector<double_request> requests(std::string_view path = {}) const;
    /// Ends the service: from now on connections are refused.
    void stop();

protected:
    service_double(const std::string& script, std::vector<std::string> options);
    boost::json::value steer(const std::string& path, const boost::json::value& body) const;

private:
    temp_dir dir_;
    child_process process_;
    std::uint16_t port_ = 0;
};

class wallet_double : public service_double {
public:
    struct options {
        std::string key = "wallet-key";
        bool one_request_per_connection = false;
    };
    wallet_double() : wallet_double{options{}} {}
    explicit wallet_double(const options& o);

    /// Makes a wallet or sets its balance.
    void set_balance(const std::string& project, std::int64_t balance, const std::string& currency = "RUB");

    struct charge {
        std::string key;
        std::string project;
        std::int64_t amount = 0;
        std::string transaction_id;
    };
    /// What has really been charged.
    [[nodiscard]] std::vector<charge> ledger() const;
    /// How often this key has been charged.
    [[nodiscard]] std::size_t charges_of(std::string_view key) const;
};

class licence_double : public service_double {
public:
    explicit licence_double(const std::string& secret = "licence-secret");

    /// Makes a row or changes members of it.
    void set_row(const std::string& subscription_id, boost::json::object members);
    void accept_only(const std::string& secret);
    /// By subscription id.
    [[nodiscard]] boost::json::object rows() const;
};

/// A proxy in front of a port that cuts a share of the connections at a random byte of either direction.
class connection_cutter {
public:
    connection_cutter(std::uint16_t to, double share, int seed = 1);
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::size_t cuts() const;

private:
    temp_dir dir_;
    child_process process_;
    std::uint16_t port_ = 0;
};

}  // namespace dormouse::test
