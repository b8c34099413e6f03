#include "queue/envelope.hpp"

#include "base/ulid.hpp"
#include "queue/json_text.hpp"
#include "queue/mac.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace dormouse::queue {

namespace {

namespace json = boost::json;
using checked = boost::system::result<void, rejection>;

constexpr base::ms largest_clock_skew{300'000};
constexpr std::int64_t latest_ms = 4'102'444'800'000;  // 2100-01-01
constexpr std::size_t longest_key = 200;
constexpr std::size_t longest_name = 32;
constexpr std::size_t longest_trace = 128;
constexpr std::size_t mac_digits = 64;

rejection bad_field(std::string_view name, std::string_view wanted) {
    return {"bad_field", std::string{name} + ": expected " + std::string{wanted}};
}

bool is_lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_key_id(std::string_view id) noexcept {
    return !id.empty() && id.size() <= 32 && std::all_of(id.begin(), id.end(), [](char c) {
        return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    });
}

// --- fields ---------------------------------------------------------------------------------------------------

checked take_text(const json::object& o, std::string_view name, std::string_view wanted,
                  bool (*valid)(std::string_view), std::string& out) {
    const auto* v = o.if_contains(name);
    if (v == nullptr) return {};
    const auto* text = v->if_string();
    if (text == nullptr || !valid({text->data(), text->size()})) return bad_field(name, wanted);
    out.assign(text->data(), text->size());
    return {};
}

checked take_number(const json::object& o, std::string_view name, std::int64_t least, std::int64_t most,
                    std::optional<std::int64_t>& out) {
    const auto* v = o.if_contains(name);
    if (v == nullptr) return {};
    const auto* number = v->if_int64();
    if (number == nullptr || *number < least || *number > most)
        return bad_field(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    out = *number;
    return {};
}

std::optional<base::time_ms> as_time(std::optional<std::int64_t> v) {
    return v ? std::optional{base::from_epoch_ms(*v)} : std::nullopt;
}

checked read_times(const json::object& o, job& j) {
    std::optional<std::int64_t> at;
    std::optional<std::int64_t> expire;
    std::optional<std::int64_t> issued;
    if (auto r = take_number(o, "at", 0, latest_ms, at); !r) return r;
    if (auto r = take_number(o, "expire", 0, latest_ms, expire); !r) return r;
    if (auto r = take_number(o, "iat", 0, latest_ms, issued); !r) return r;
    j.at = as_time(at);
    j.expire = as_time(expire);
    j.issued_at = base::from_epoch_ms(issued.value_or(0));
    return {};
}

checked read_limits(const json::object& o, job& j) {
    std::optional<std::int64_t> priority;
    std::optional<std::int64_t> timeout;
    std::optional<std::int64_t> attempts;
    if (auto r = take_number(o, "prio", priority_high, priority_low, priority); !r) return r;
    if (auto r = take_number(o, "timeout", 1, 3600, timeout); !r) return r;
    if (auto r = take_number(o, "max_attempts", 1, 100, attempts); !r) return r;
    j.priority = static_cast<int>(priority.value_or(priority_normal));
    if (timeout) j.timeout = std::chrono::seconds{*timeout};
    if (attempts) j.max_attempts = static_cast<int>(*attempts);
    return {};
}

bool is_valid_site(std::string_view name) noexcept { return is_valid_queue(name); }
bool is_valid_trace(std::string_view text) noexcept { return text.size() <= longest_trace && is_valid_key(text); }

checked require(const json::object& o, std::initializer_list<std::string_view> members) {
    for (const auto name : members)
        if (!o.contains(name)) return rejection{"bad_field", std::string{name} + ": missing"};
    return {};
}

checked read_own_names(const json::object& o, job& j) {
    if (auto r = require(o, {"site"}); !r) return r;
    if (auto r = take_text(o, "id", "a ULID of 26 characters", base::is_ulid, j.id); !r) return r;
    if (auto r = take_text(o, "site", "[a-z0-9_-], at most 32 characters", is_valid_site, j.site); !r) return r;
    return take_text(o, "trace", "at most 128 bytes", is_valid_trace, j.trace);
}

checked read_names(const json::object& o, job& j) {
    if (auto r = require(o, {"kind", "args"}); !r) return r;
    if (auto r = take_text(o, "kind", "[a-z][a-z0-9-]*, at most 64 characters", is_valid_kind, j.kind); !r) return r;
    if (auto r = take_text(o, "key", "1 to 200 bytes without control characters", is_valid_key, j.key); !r) return r;
    return take_text(o, "queue", "[a-z0-9_-], at most 32 characters", is_valid_queue, j.queue);
}

checked take_args(json::object& o, job& j) {
    auto* const args = o.at("args").if_object();
    if (args == nullptr) return bad_field("args", "an object");
    j.args = std::move(*args);
    return {};
}

// --- then -----------------------------------------------------------------------------------------------------

// What a follower gets from its parent or from the moment; said here, it would not be what its author means.
constexpr std::array<std::string_view, 7> not_in_then{"v", "id", "site", "at", "iat", "expire", "trace"};

checked read_then(json::object& o, job& j, int depth);

// `depth` jobs may follow one another from this one on.
checked read_follower(json::object& o, job& j, int depth) {
    for (const auto name : not_in_then)
        if (o.contains(name)) return bad_field(name, "nothing: a job in `then` takes it from the first");
    for (const auto step : {read_names, read_limits})
        if (auto r = step(o, j); !r) return r;
    if (auto r = take_args(o, j); !r) return r;
    return read_then(o, j, depth - 1);
}

checked read_then(json::object& o, job& j, int depth) {
    auto* const member = o.if_contains("then");
    if (member == nullptr) return {};
    if (depth == 0) return bad_field("then", "at most " + std::to_string(longest_chain) + " jobs one after another");
    auto* const object = member->if_object();
    if (object == nullptr) return bad_field("then", "an object");
    auto next = std::make_shared<job>();
    if (auto r = read_follower(*object, *next, depth); !r)
        return rejection{r.error().reason, "then." + r.error().detail};
    j.then = std::move(next);
    return {};
}

boost::system::result<job, rejection> read_job(std::string_view text) {
    auto parsed = parse_strict(text);
    if (!parsed) return rejection{"bad_json", parsed.error()};
    auto* const object = parsed->if_object();
    if (object == nullptr) return rejection{"bad_json", "expected an object"};
    const auto* version = object->if_contains("v");
    if (version == nullptr || !version->is_int64() || version->get_int64() != 1)
        return rejection{"bad_version", "v: expected 1"};

    job j;
    for (const auto step : {read_names, read_own_names, read_times, read_limits})
        if (auto r = step(*object, j); !r) return r.error();
    if (auto r = take_args(*object, j); !r) return r.error();
    if (auto r = read_then(*object, j, longest_chain); !r) return r.error();
    return j;
}

// --- signature ------------------------------------------------------------------------------------------------

struct signed_text {
    std::string_view key_id;
    std::string_view mac;
    std::string_view json;
};

std::string_view without_stamp(std::string_view bytes, std::string& id) {
    if (!bytes.starts_with('#')) return bytes;
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos || !base::is_ulid(bytes.substr(1, end - 1))) return bytes;
    id = bytes.substr(1, end - 1);
    return bytes.substr(end + 1);
}

// `v2.`, `v10.` …: signed by a producer newer than this worker.
bool is_other_version(std::string_view bytes) noexcept {
    const auto dot = bytes.substr(0, 8).find('.');
    return dot != std::string_view::npos && dot >= 2 && bytes.front() == 'v' && !bytes.starts_with("v1.") &&
           bytes.substr(1, dot - 1).find_first_not_of("0123456789") == std::string_view::npos;
}

// `v1.<kid>.<mac>\n{json}`; an empty key id says that the form is broken.
signed_text split_signed(std::string_view bytes) {
    const auto line_end = bytes.find('\n');
    if (line_end == std::string_view::npos) return {};
    const auto line = bytes.substr(0, line_end);
    const auto second = line.find('.', 3);
    if (second == std::string_view::npos || !is_key_id(line.substr(3, second - 3)) ||
        line.size() - second - 1 != mac_digits)
        return {};
    return {line.substr(3, second - 3), line.substr(second + 1), bytes.substr(line_end + 1)};
}

}  // namespace

// --- keyring --------------------------------------------------------------------------------------------------

struct keyring::entry {
    mac_key mac;
    std::vector<std::string> kinds;
    [[nodiscard]] bool may_enqueue(std::string_view kind) const noexcept {
        return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    }
};

keyring::keyring(const std::vector<config::signing_key>& keys) {
    for (const auto& k : keys) entries_.emplace(k.id, std::make_unique<entry>(entry{mac_key{k.key}, k.kinds}));
}
keyring::~keyring() = default;
keyring::keyring(keyring&&) noexcept = default;
keyring& keyring::operator=(keyring&&) noexcept = default;

const keyring::entry* keyring::find(std::string_view id) const {
    const auto it = entries_.find(id);
    return it == entries_.end() ? nullptr : it->second.get();
}

// --- reading --------------------------------------------------------------------------------------------------

namespace {

struct authenticated {
    std::string_view json;
    const keyring::entry* key = nullptr;  // nullptr = unsigned and allowed
};

boost::system::result<authenticated, rejection> authenticate(std::string_view bytes, const keyring& keys,
                                                             const admission_rules& rules) {
    if (is_other_version(bytes)) return rejection{"bad_version", "this worker reads v1 envelopes only"};
    if (!bytes.starts_with("v1.")) {
        if (!rules.allow_unsigned) return rejection{"unsigned", "this site accepts signed envelopes only"};
        return authenticated{bytes, nullptr};
    }
    const auto parts = split_signed(bytes);
    if (parts.key_id.empty()) return rejection{"bad_signature", "expected v1.<key id>.<64 hex digits> and a line feed"};
    const auto* key = keys.find(parts.key_id);
    if (key == nullptr) return rejection{"unknown_key", "no signing key of this id is configured"};
    if (!base::constant_time_equal(key->mac.envelope_mac(parts.key_id, parts.json), parts.mac))
        return rejection{"bad_signature", "the signature does not match"};
    return authenticated{parts.json, key};
}

checked obey(const job& j, const keyring::entry* key, const admission_rules& rules, base::time_ms now) {
    if (j.site != rules.site) return rejection{"wrong_site", "this queue belongs to site " + rules.site};
    for (const auto* one = &j; one != nullptr && key != nullptr; one = one->then.get())
        if (!key->may_enqueue(one->kind))
            return rejection{"kind_not_allowed", "this signing key may not enqueue " + one->kind};
    if (j.issued_at > now + largest_clock_skew) return bad_field("iat", "a time at most 300 s ahead");
    if (j.expire && *j.expire <= now) return rejection{"expired", "expired at " + base::to_iso8601(*j.expire)};
    return {};
}

}  // namespace

boost::system::result<job, rejection> read_envelope(std::string_view bytes, const keyring& keys,
                                                    const admission_rules& rules, base::time_ms now) {
    if (bytes.starts_with("!too_large ") || bytes.size() > rules.max_bytes)
        return rejection{"too_large", "an envelope may have " + std::to_string(rules.max_bytes) + " bytes"};
    std::string stamped_id;
    const auto text = without_stamp(bytes, stamped_id);
    const auto sender = authenticate(text, keys, rules);
    if (!sender) return sender.error();
    auto j = read_job(sender->json);
    if (!j) return j;
    if (auto allowed = obey(*j, sender->key, rules, now); !allowed) return allowed.error();
    if (j->id.empty()) j->id = std::move(stamped_id);
    return j;
}

boost::system::result<job, rejection> read_admitted(std::string_view bytes) {
    std::string stamped_id;
    auto text = without_stamp(bytes, stamped_id);
    if (text.starts_with("v1.")) text = split_signed(text).json;
    auto j = read_job(text);
    if (j && j->id.empty()) j->id = std::move(stamped_id);
    return j;
}

// --- writing --------------------------------------------------------------------------------------------------

std::string stamp(std::string_view id, std::string_view bytes) {
    std::string out{"#"};
    out.append(id).append("\n").append(bytes);
    return out;
}

namespace {

void add_text(json::object& o, std::string_view name, const std::string& value) {
    if (!value.empty()) o[name] = value;
}

// The fields of a first job and of a follower alike; empty ones are left out.
json::object object_of(const job& j) {
    json::object o;
    add_text(o, "id", j.id);
    o["kind"] = j.kind;
    add_text(o, "site", j.site);
    o["args"] = j.args;
    add_text(o, "key", j.key);
    if (j.at) o["at"] = base::to_epoch_ms(*j.at);
    if (j.expire) o["expire"] = base::to_epoch_ms(*j.expire);
    o["queue"] = j.queue;
    o["prio"] = j.priority;
    if (j.timeout) o["timeout"] = std::chrono::duration_cast<std::chrono::seconds>(*j.timeout).count();
    if (j.max_attempts) o["max_attempts"] = *j.max_attempts;
    if (j.issued_at != base::time_ms{}) o["iat"] = base::to_epoch_ms(j.issued_at);
    add_text(o, "trace", j.trace);
    if (!j.then) return o;
    auto next = object_of(*j.then);
    for (const auto name : not_in_then) next.erase(name);
    o["then"] = std::move(next);
    return o;
}

}  // namespace

std::string to_json(const job& j) {
    json::object o{{"v", 1}};
    for (auto& member : object_of(j)) o.insert(member);
    return json::serialize(o);
}

std::string sign_envelope(std::string_view text, std::string_view key_id, const base::secret& key) {
    std::string out{"v1."};
    out.append(key_id).append(".").append(mac_key{key}.envelope_mac(key_id, text)).append("\n").append(text);
    return out;
}

bool is_valid_key(std::string_view key) noexcept {
    return !key.empty() && key.size() <= longest_key && std::all_of(key.begin(), key.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
    });
}

bool is_valid_kind(std::string_view kind) noexcept {
    return !kind.empty() && kind.size() <= 64 && kind.front() >= 'a' && kind.front() <= 'z' &&
           std::all_of(kind.begin(), kind.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_valid_queue(std::string_view name) noexcept {
    return !name.empty() && name.size() <= longest_name &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
}

}  // namespace dormouse::queue
