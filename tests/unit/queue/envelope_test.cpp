// The golden envelopes, which PHP reads and writes too, decide what an envelope is.
#include "queue/envelope.hpp"

#include "base/ulid.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <sstream>

namespace dormouse::queue {
namespace {

namespace json = boost::json;

json::array golden() {
    std::ifstream in{DORMOUSE_SOURCE_DIR "/tests/golden/envelopes.json"};
    std::ostringstream text;
    text << in.rdbuf();
    json::parse_options deep;
    deep.max_depth = 64;
    return json::parse(text.str(), {}, deep).as_array();
}

std::string from_base64(std::string_view text) {
    std::string out(text.size(), '\0');
    const auto size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size) - (text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U));
    return out;
}

std::string bytes_of(const json::object& o) {
    if (const auto* parts = o.if_contains("envelope_parts")) {
        std::string out;
        for (const auto& part : parts->as_array()) {
            const auto piece = bytes_of(part.as_object());
            for (std::int64_t i = 0; i < part.at("times").as_int64(); ++i) out += piece;
        }
        return out;
    }
    if (const auto* coded = o.if_contains("envelope_base64")) return from_base64(std::string{coded->as_string()});
    return std::string{o.at("envelope").as_string()};
}

std::string text_at(const json::object& o, const char* name) { return std::string{o.at(name).as_string()}; }

boost::system::result<job, rejection> read_golden(const json::object& c) {
    config::signing_key key{text_at(c, "kid"), base::secret{text_at(c, "key")}, {}};
    if (const auto* kinds = c.if_contains("kinds"))
        for (const auto& k : kinds->as_array()) key.kinds.emplace_back(k.as_string());
    const keyring keys{{key}};
    const auto* open = c.if_contains("allow_unsigned");
    const admission_rules rules{text_at(c, "site"), open != nullptr && open->as_bool(), 256 * 1024};
    return read_envelope(bytes_of(c), keys, rules, base::from_epoch_ms(c.at("now").as_int64()));
}

void expect_number(const json::object& want, const char* name, std::optional<std::int64_t> have) {
    if (const auto* v = want.if_contains(name)) EXPECT_EQ(have, std::optional{v->as_int64()}) << name;
}

void expect_text(const json::object& want, const char* name, const std::string& have) {
    if (const auto* v = want.if_contains(name)) EXPECT_EQ(have, std::string{v->as_string()}) << name;
}

void expect_job(const json::object& want, const job& j) {
    expect_text(want, "id", j.id);
    expect_text(want, "kind", j.kind);
    expect_text(want, "site", j.site);
    expect_text(want, "key", j.key);
    expect_text(want, "queue", j.queue);
    expect_text(want, "trace", j.trace);
    expect_number(want, "prio", j.priority);
    if (want.contains("timeout")) expect_number(want, "timeout", j.timeout->count() / 1000);
    if (want.contains("max_attempts")) expect_number(want, "max_attempts", *j.max_attempts);
    if (want.contains("at")) expect_number(want, "at", base::to_epoch_ms(*j.at));
    if (want.contains("expire")) expect_number(want, "expire", base::to_epoch_ms(*j.expire));
    expect_number(want, "iat", base::to_epoch_ms(j.issued_at));
    if (const auto* args = want.if_contains("args")) EXPECT_EQ(json::value(j.args), *args);
    const auto* next = want.if_contains("then");
    ASSERT_EQ(next != nullptr, j.then != nullptr);
    if (next != nullptr) expect_job(next->as_object(), *j.then);
}

TEST(Envelope, ReadsEveryGoldenOneAndRejectsEveryBadOneForTheRightReason) {
    int valid = 0;
    int invalid = 0;
    for (const auto& item : golden()) {
        const auto& c = item.as_object();
        SCOPED_TRACE(text_at(c, "name"));
        const auto read = read_golden(c);
        if (c.at("valid").as_bool()) {
            ++valid;
            ASSERT_TRUE(read.has_value()) << read.error().reason << ": " << read.error().detail;
            expect_job(c.at("job").as_object(), *read);
        } else {
            ++invalid;
            ASSERT_TRUE(read.has_error());
            EXPECT_EQ(read.error().reason, text_at(c, "reason")) << read.error().detail;
        }
    }
    EXPECT_GE(valid, 15);
    EXPECT_GE(invalid, 35);
}

job sample() {
    job j;
    j.id = "01M842J7G000000000000000A1";
    j.kind = "webhook-delivery";
    j.site = "main";
    j.args = json::parse(R"({"hook_id":7,"payload":"{\"a\":1}","empty":{},"list":[]})").as_object();
    j.key = "hook:7:x";
    j.at = base::from_epoch_ms(1795212000000);
    j.queue = "webhook";
    j.priority = priority_low;
    j.timeout = std::chrono::seconds{20};
    j.max_attempts = 3;
    j.issued_at = base::from_epoch_ms(1795211999123);
    return j;
}

const base::secret& sample_key() {
    static const base::secret key{"0123456789abcdef-test"};
    return key;
}

keyring sample_ring() { return keyring{{config::signing_key{"k1", sample_key(), {}}}}; }

TEST(Envelope, WhatWeWriteWeRead) {
    const auto j = sample();
    const auto bytes = sign_envelope(to_json(j), "k1", sample_key());
    const auto read = read_envelope(bytes, sample_ring(), {"main", false, 4096}, base::from_epoch_ms(1795212000000));
    ASSERT_TRUE(read.has_value()) << read.error().detail;
    EXPECT_EQ(to_json(*read), to_json(j));
}

TEST(Envelope, EveryFlippedBitOfASignedEnvelopeIsNoticed) {
    const auto keys = sample_ring();
    const auto good = sign_envelope(to_json(sample()), "k1", sample_key());
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        auto bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        const auto read = read_envelope(bad, keys, {"main", false, 4096}, base::from_epoch_ms(1795212000000));
        ASSERT_TRUE(read.has_error()) << "bit " << bit;
    }
}

TEST(Envelope, EveryTruncationOfASignedEnvelopeIsNoticed) {
    const auto keys = sample_ring();
    const auto good = sign_envelope(to_json(sample()), "k1", sample_key());
    for (std::size_t size = 0; size < good.size(); ++size)
        ASSERT_TRUE(read_envelope(good.substr(0, size), keys, {"main", false, 4096}, base::from_epoch_ms(1795212000000))
                        .has_error());
}

TEST(Envelope, AStampedEnvelopeKeepsItsSignatureAndTakesTheId) {
    auto j = sample();
    j.id.clear();
    const auto bytes = stamp("01M842J7G000000000000000B2", sign_envelope(to_json(j), "k1", sample_key()));
    const auto read = read_envelope(bytes, sample_ring(), {"main", false, 4096}, base::from_epoch_ms(1795212000000));
    ASSERT_TRUE(read.has_value()) << read.error().detail;
    EXPECT_EQ(read->id, "01M842J7G000000000000000B2");
    EXPECT_EQ(read_admitted(bytes)->id, "01M842J7G000000000000000B2");
}

TEST(Envelope, AStampNeverReplacesAnId) {
    const auto bytes = stamp("01M842J7G000000000000000B2", sign_envelope(to_json(sample()), "k1", sample_key()));
    EXPECT_EQ(read_admitted(bytes)->id, sample().id);
}

TEST(Envelope, WhatTakeCutShortIsTooLarge) {
    const auto read = read_envelope("!too_large 999999 abc\nv1.k1", sample_ring(), {"main", false, 4096}, {});
    ASSERT_TRUE(read.has_error());
    EXPECT_EQ(read.error().reason, "too_large");
}

}  // namespace
}  // namespace dormouse::queue
