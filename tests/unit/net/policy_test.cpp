#include "net/address_policy.hpp"
#include "net/target_policy.hpp"

#include <gtest/gtest.h>

namespace dormouse::net {
namespace {

namespace ip = boost::asio::ip;

ip::tcp::endpoint at(const char* address, std::uint16_t port = 443) { return {ip::make_address(address), port}; }

TEST(AddressPolicy, DeniesTheEdgesOfEveryForbiddenNetwork) {
    const address_policy policy;
    for (const auto* a : {"0.0.0.0",
                          "0.255.255.255",
                          "10.0.0.0",
                          "10.255.255.255",
                          "100.64.0.0",
                          "100.127.255.255",
                          "127.0.0.1",
                          "127.255.255.255",
                          "169.254.0.0",
                          "169.254.169.254",
                          "172.16.0.0",
                          "172.31.255.255",
                          "192.0.0.0",
                          "192.0.0.255",
                          "192.0.2.1",
                          "192.88.99.1",
                          "192.168.0.0",
                          "192.168.255.255",
                          "198.18.0.0",
                          "198.19.255.255",
                          "198.51.100.7",
                          "203.0.113.7",
                          "224.0.0.0",
                          "239.255.255.255",
                          "240.0.0.0",
                          "255.255.255.255",
                          "::",
                          "::1",
                          "::127.0.0.1",
                          "::8.8.8.8",
                          "64:ff9b::808:808",
                          "64:ff9b:1::1",
                          "100::1",
                          "2001::1",
                          "2001:1ff:ffff::1",
                          "2001:db8::1",
                          "2002:808:808::1",
                          "3fff::1",
                          "3fff:fff::1",
                          "5f00::1",
                          "fc00::1",
                          "fdff::1",
                          "fe80::1",
                          "febf::1",
                          "ff02::1"})
        EXPECT_TRUE(policy.denied(at(a)).has_value()) << a;
}

TEST(AddressPolicy, AllowsTheNeighboursOfForbiddenNetworks) {
    const address_policy policy;
    for (const auto* a :
         {"1.0.0.0",     "9.255.255.255",   "11.0.0.0",   "100.63.255.254",  "100.63.255.255", "100.128.0.0",
          "100.128.0.1", "126.255.255.255", "128.0.0.0",  "169.253.255.255", "169.255.0.0",    "172.15.255.255",
          "172.32.0.0",  "192.0.1.0",       "192.0.3.0",  "192.88.98.255",   "192.88.100.0",   "192.167.255.255",
          "192.169.0.0", "198.17.255.255",  "198.20.0.0", "198.51.99.255",   "198.51.101.0",   "203.0.112.255",
          "203.0.114.0", "223.255.255.255", "8.8.8.8",    "64:ff9a::1",      "2001:200::1",    "2001:4860::8888",
          "2003::1",     "2600::1",         "3ffe::1",    "3fff:1000::1",    "fbff::1"})
        EXPECT_FALSE(policy.denied(at(a)).has_value()) << a << ": " << *policy.denied(at(a));
}

TEST(AddressPolicy, MappedAddressesAreJudgedByTheOneInside) {
    const address_policy policy;
    for (const auto* a : {"::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:0"})
        EXPECT_TRUE(policy.denied(at(a)).has_value()) << a;
    EXPECT_FALSE(policy.denied(at("::ffff:8.8.8.8")).has_value());
    const address_policy lenient{{cidr::parse("10.0.0.0/8").value()}};
    EXPECT_FALSE(lenient.denied(at("::ffff:10.0.0.1")).has_value());
}

TEST(AddressPolicy, AllowedNetworksAreOnlyThoseNamed) {
    const address_policy policy{{cidr::parse("10.1.0.0/16").value(), cidr::parse("fd00:1::/32").value()}};
    EXPECT_FALSE(policy.denied(at("10.1.255.255")).has_value());
    EXPECT_FALSE(policy.denied(at("fd00:1::5")).has_value());
    for (const auto* a : {"10.0.255.255", "10.2.0.0", "192.168.1.1", "fd00:2::1", "127.0.0.1"})
        EXPECT_TRUE(policy.denied(at(a)).has_value()) << a;
}

TEST(AddressPolicy, OwnAddressesAreDeniedUnlessAllowed) {
    const std::vector<ip::address> own{ip::make_address("8.8.4.4")};
    EXPECT_EQ((address_policy{{}, own}.denied(at("8.8.4.4"))), "this machine's own address");
    EXPECT_FALSE((address_policy{{cidr::parse("8.8.4.4").value()}, own}.denied(at("8.8.4.4"))).has_value());
    const auto found = own_addresses();
    ASSERT_TRUE(found.has_value()) << found.error().message();
    EXPECT_NE(std::ranges::find(*found, ip::make_address("127.0.0.1")), found->end());
}

TEST(AddressPolicy, OwnListenersAreDeniedByPortEvenWhenAllowed) {
    address_policy policy{{cidr::parse("127.0.0.0/8").value()}};
    policy.forbid(at("127.0.0.1", 9464));
    policy.forbid(at("0.0.0.0", 9465));
    EXPECT_TRUE(policy.denied(at("127.0.0.1", 9464)).has_value());
    EXPECT_TRUE(policy.denied(at("::ffff:127.0.0.1", 9464)).has_value());
    EXPECT_FALSE(policy.denied(at("127.0.0.2", 9464)).has_value());
    EXPECT_TRUE(policy.denied(at("127.0.0.2", 9465)).has_value());
    EXPECT_FALSE(policy.denied(at("127.0.0.1", 80)).has_value());
}

TEST(Cidr, ReadsNetworksAndSingleAddresses) {
    const auto contains = [](const char* network, const char* a) {
        return cidr::parse(network).value().contains(ip::make_address(a));
    };
    EXPECT_TRUE(contains("10.1.2.3/8", "10.255.0.1")) << "host bits are ignored";
    EXPECT_TRUE(contains("1.2.3.4", "1.2.3.4"));
    EXPECT_FALSE(contains("1.2.3.4", "1.2.3.5"));
    EXPECT_TRUE(contains("0.0.0.0/0", "200.1.1.1"));
    EXPECT_FALSE(contains("0.0.0.0/0", "::1")) << "the other family";
    EXPECT_TRUE(contains("192.168.0.0/17", "192.168.127.255"));
    EXPECT_FALSE(contains("192.168.0.0/17", "192.168.128.0"));
    EXPECT_TRUE(contains("fe80::/10", "febf::1"));
    EXPECT_FALSE(contains("fe80::/10", "fec0::1"));
    EXPECT_TRUE(contains("::1", "::1"));
}

TEST(Cidr, RefusesWhatIsNoNetworkAndNamesIt) {
    for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "fd00::/129", "example.com",
                             "10.0.0.0/8 ", "fe80::1%lo/64", "10.0.0.0/8/8"}) {
        const auto r = cidr::parse(text);
        ASSERT_TRUE(r.has_error()) << text;
        EXPECT_NE(r.error().detail.find("'" + std::string{text} + "'"), std::string::npos);
    }
}

config::net_settings strict() { return {}; }

TEST(TargetPolicy, UntrustedTargetsPassSchemePortAndNameRules) {
    const target_policy policy{strict()};
    const auto refused = [&](const char* text) { return policy.refuses(parse_url(text).value(), trust::untrusted); };
    for (const auto* text : {"https://example.com/", "https://example.com:8443/", "https://local.example.com/",
                             "https://mylocalhost.com/", "https://metadatax.com/", "https://1.2.3.4/"})
        EXPECT_FALSE(refused(text).has_value()) << text << ": " << *refused(text);
    for (const auto* text :
         {"http://example.com/", "https://example.com:22/", "https://example.com:6379/", "https://localhost/",
          "https://LOCALHOST./", "https://a.localhost/", "https://printer.local/", "https://db.internal/",
          "https://metadata/", "https://metadata.google.internal/", "https://metadata.example.com/"})
        EXPECT_TRUE(refused(text).has_value()) << text;
}

TEST(TargetPolicy, PlainHttpAndPortsAreTheOperatorsChoice) {
    auto s = strict();
    s.allow_http = true;
    s.ports = {9999};
    const target_policy policy{s};
    EXPECT_FALSE(policy.refuses(parse_url("http://example.com:9999/").value(), trust::untrusted).has_value());
    EXPECT_TRUE(policy.refuses(parse_url("https://example.com/").value(), trust::untrusted).has_value());
}

TEST(TargetPolicy, ConfiguredTargetsMayBeAnything) {
    const target_policy policy{strict()};
    EXPECT_FALSE(policy.refuses(parse_url("http://localhost:1/").value(), trust::configured).has_value());
    EXPECT_EQ(policy.judge({at("127.0.0.1"), at("10.0.0.1")}, trust::configured).good.size(), 2U);
}

TEST(TargetPolicy, OfMixedAddressesTheGoodOnesStay) {
    const target_policy policy{strict()};
    const auto judged =
        policy.judge({at("10.0.0.1"), at("8.8.8.8"), at("::1"), at("::ffff:1.1.1.1")}, trust::untrusted);
    EXPECT_EQ(judged.good, (std::vector{at("8.8.8.8"), at("1.1.1.1")})) << "mapped ones are unwrapped";
    EXPECT_EQ(judged.denied, "10.0.0.1 (private network), ::1 (loopback)");
}

TEST(TargetPolicy, AMalformedAllowedNetworkIsNamedAtTheStart) {
    auto s = strict();
    s.allow_private = {"10.0.0.0/8", "10.0.0.0/99"};
    try {
        const target_policy policy{s};
        FAIL() << "accepted";
    } catch (const base::failure& e) {
        EXPECT_NE(std::string{e.what()}.find("net.allow_private: '10.0.0.0/99'"), std::string::npos) << e.what();
    }
}

}  // namespace
}  // namespace dormouse::net
