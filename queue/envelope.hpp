#pragma once
// The envelope v1 (spec 2-queue): what producers LPUSH, and the only text of strangers this program parses.
// Pure; golden files shared with the PHP tests pin it (tests/golden/envelopes.json).
//
//   {json}                                       unsigned; accepted only where the configuration says so
//   v1.<kid>.<64 hex hmac-sha256>\n{json}        the MAC covers "dormouse.v1\n" kid "\n" json
//   #<id>\n<either>                              stamped on admission when the producer gave no id

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"
#include "queue/job.hpp"

#include <boost/system/result.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace dormouse::queue {

/// Why an envelope is quarantined. `reason` is a stable word (metrics label); `detail` never quotes args.
struct rejection {
    std::string reason;
    std::string detail;
};

/// The keys that may sign for a site, ready to use. Not thread-safe: one per event loop.
class keyring {
public:
    explicit keyring(const std::vector<config::signing_key>& keys);
    ~keyring();
    keyring(keyring&&) noexcept;
    keyring& operator=(keyring&&) noexcept;

    struct entry;
    [[nodiscard]] const entry* find(std::string_view id) const;

private:
    std::map<std::string, std::unique_ptr<entry>, std::less<>> entries_;
};

/// What `read_envelope` checks against.
struct admission_rules {
    std::string site;
    bool allow_unsigned = false;
    std::size_t max_bytes = std::size_t{256} * 1024;
};

/// Parses and verifies. A job without an id comes back with an empty `id`: the caller stamps one.
/// `now` is Redis time: `iat` may be at most 300 s ahead (B0.10).
[[nodiscard]] boost::system::result<job, rejection> read_envelope(std::string_view bytes, const keyring& keys,
                                                                  const admission_rules& rules, base::time_ms now);

/// Parses the envelope of a job that was admitted before: no MAC, no site rule. Fails only if Redis was tampered with.
[[nodiscard]] boost::system::result<job, rejection> read_admitted(std::string_view bytes);

/// Puts `id` in front of an envelope that has none.
[[nodiscard]] std::string stamp(std::string_view id, std::string_view bytes);

/// The JSON text of a job, fields in the order of the spec.
[[nodiscard]] std::string to_json(const job& j);

/// The signed envelope. The key must be one `keyring` would accept.
[[nodiscard]] std::string sign_envelope(std::string_view json, std::string_view key_id, const base::secret& key);

/// `key` may be used as an idempotency key: at most 200 bytes of UTF-8 without control characters.
[[nodiscard]] bool is_valid_key(std::string_view key) noexcept;
[[nodiscard]] bool is_valid_kind(std::string_view kind) noexcept;
[[nodiscard]] bool is_valid_queue(std::string_view name) noexcept;

}  // namespace dormouse::queue
